-- A ready batch of a mailing that is cancelled or past its end. Leased ones are given back by their holder, or taken
-- from it when the lease lapses, and then come here.
-- asked: the gateway had asked everybody to wait beyond the end.
SELECT b.id, b.mailing_id, b.first_id, b.last_id, m.state = 'cancelled',
       coalesce((SELECT asked_at <= m.end_time AND asked_until >= m.end_time FROM vestnik_gatewaystate WHERE id = coalesce(b.gateway_id, 1)), false),
       b.timezone, m.send_window_from, m.send_window_to, m.end_time
FROM (
    SELECT id, state, send_window_from, send_window_to, end_time FROM vestnik_mailing
    WHERE frozen_at IS NULL AND (state = 'cancelled' OR (state IN ('running', 'paused') AND end_time <= clock_timestamp()))
) m
CROSS JOIN LATERAL (
    SELECT id, mailing_id, first_id, last_id, timezone, gateway_id FROM vestnik_batch
    WHERE mailing_id = m.id AND state = 'ready'
    ORDER BY due_at LIMIT 1
    FOR UPDATE SKIP LOCKED
) b
LIMIT 1
