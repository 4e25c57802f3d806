-- Gives leases of one mailing back, with everything recorded and nothing in flight: what was granted but not handed over is queued
-- again, and nothing is in doubt. With something to try again the batch comes back after the backoff; a Retry-After
-- holds its own message, so the batch is due when the first of its messages is. A batch whose send window closed is not
-- due before its next opening (greatest takes no notice of a null).
--
-- several: there are several gateways. The backoff is only for the one that had the batch; others may take it at once.
UPDATE vestnik_batch b
SET state = {done_if:b.queued + b.sending = 0},
    queued = b.queued + b.sending,
    sending = 0,
    retries = b.retries + CASE WHEN d.backoff IS NULL THEN 0 ELSE 1 END,
    due_at = CASE
        WHEN b.queued + b.sending = 0 THEN b.due_at
        WHEN %(several)s THEN greatest(to_timestamp(d.reopens), b.due_at)
        ELSE greatest(to_timestamp(d.reopens), coalesce(({again}), b.due_at))
    END,
    again_at = CASE WHEN %(several)s AND b.queued + b.sending > 0 AND d.backoff IS NOT NULL THEN ({again}) END,
    {lease_cleared}
FROM unnest(%(batch)s::bigint[], %(backoff)s::float8[], %(reopens)s::float8[]) AS d (id, backoff, reopens)
WHERE b.id = d.id
RETURNING b.id, b.state, {worth_folding:%(mailing)s}, b.bound > 0
