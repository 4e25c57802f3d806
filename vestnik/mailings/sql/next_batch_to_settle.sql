-- A ready batch of a mailing that is cancelled or past its end. Leased ones are given back by their holder, or taken
-- from it when the lease lapses, and then come here.
SELECT b.id, b.mailing_id, b.first_id, b.last_id, m.state = 'cancelled'
FROM (
    SELECT id, state FROM vestnik_mailing
    WHERE frozen_at IS NULL AND (state = 'cancelled' OR (state IN ('running', 'paused') AND end_time <= clock_timestamp()))
) m
CROSS JOIN LATERAL (
    SELECT id, mailing_id, first_id, last_id FROM vestnik_batch
    WHERE mailing_id = m.id AND state = 'ready'
    ORDER BY due_at LIMIT 1
    FOR UPDATE SKIP LOCKED
) b
LIMIT 1
