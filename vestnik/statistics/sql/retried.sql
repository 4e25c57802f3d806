-- What of a mailing waits to be tried again: messages, the earliest time, and what one of them was answered. Only batches
-- that came back with something to try again, by their index; the code is that of the first such message.
WITH again AS MATERIALIZED (
    SELECT id, first_id, last_id, queued, due_at FROM vestnik_batch
    WHERE mailing_id = %(mailing)s AND state = 'ready' AND retries > 0 AND queued > 0
), next AS (
    SELECT id, first_id, last_id, due_at FROM again ORDER BY due_at LIMIT 1
)
SELECT (SELECT sum(queued) FROM again)::bigint, next.due_at, m.code, m.detail
FROM next
LEFT JOIN LATERAL (
    SELECT m.code, m.detail FROM vestnik_message m
    WHERE m.mailing_id = %(mailing)s AND m.id BETWEEN next.first_id AND next.last_id
      AND m.state = {QUEUED} AND m.tries > 0 AND {logged_at:next.id} IS NULL
    ORDER BY m.id LIMIT 1
) m ON true
