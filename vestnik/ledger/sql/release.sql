-- Gives leases of one mailing back, with everything recorded and nothing in flight: what was granted but not handed over is queued
-- again, and nothing is in doubt. With something to try again the batch comes back after the backoff; a Retry-After
-- holds its own message, so the batch is due when the first of its messages is. A batch whose send window closed is not
-- due before its next opening (greatest takes no notice of a null).
UPDATE vestnik_batch b
SET state = {done_if:b.queued + b.sending = 0},
    queued = b.queued + b.sending,
    sending = 0,
    retries = b.retries + CASE WHEN d.backoff IS NULL THEN 0 ELSE 1 END,
    due_at = CASE
        WHEN b.queued + b.sending = 0 THEN b.due_at
        ELSE greatest(to_timestamp(d.reopens), coalesce((
            SELECT min(greatest(m.not_before, b.due_at, clock_timestamp() + make_interval(secs => d.backoff)))
            FROM (
                SELECT m.not_before FROM vestnik_message m
                WHERE m.mailing_id = %(mailing)s AND m.id BETWEEN b.first_id AND b.last_id AND m.state = {QUEUED}
                  AND {logged_at:b.id} IS NULL
                ORDER BY m.id OFFSET 0
            ) m), b.due_at))
    END,
    {lease_cleared}
FROM unnest(%(batch)s::bigint[], %(backoff)s::float8[], %(reopens)s::float8[]) AS d (id, backoff, reopens)
WHERE b.id = d.id
RETURNING b.state
