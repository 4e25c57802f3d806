-- The gateway as the cluster sees it: the breaker's row, and what the books of the running mailings say about errors.
-- Sums of batch counters by the index of what is not settled; nothing counts messages.
SELECT g.breaker = 'open', g.breaker_reason, g.breaker_changed_at, g.granted_until > clock_timestamp(),
       coalesce(books.good, 0)::bigint, coalesce(books.bad, 0)::bigint
FROM vestnik_gatewaystate g
CROSS JOIN (
    SELECT sum(b.sent + b.delivered) AS good, sum(b.undelivered + b.failed + b.unknown) AS bad
    FROM vestnik_mailing m JOIN vestnik_batch b ON b.mailing_id = m.id
    WHERE m.frozen_at IS NULL AND m.state = 'running'
) books
