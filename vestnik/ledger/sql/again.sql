-- When the first message of batch b that is queued may be tried again at the gateway that has just had it: after the
-- backoff, and not before it said; null: nothing is to be tried again.
SELECT min(greatest(m.not_before, b.due_at, clock_timestamp() + make_interval(secs => d.backoff)))
FROM (
    SELECT m.not_before FROM vestnik_message m
    WHERE m.mailing_id = %(mailing)s AND m.id BETWEEN b.first_id AND b.last_id AND m.state = {QUEUED}
      AND {logged_at:b.id} IS NULL
    ORDER BY m.id OFFSET 0
) m
