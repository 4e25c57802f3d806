-- Takes a lapsed lease over: its in-doubt rows (may have been handed over, no outcome of that attempt) are settled, then
-- the batch is ready again, and its next lease has a new token, attempt and mark. At a gateway that knows a repeated id
-- they stay queued and leave again under the same id; otherwise (and where they were recalled) they become unknown, for
-- the operator to decide.
WITH settled AS (
    UPDATE vestnik_message m
    SET state = CASE WHEN %(idempotent)s AND m.recalled IS NULL THEN {QUEUED} ELSE {UNKNOWN} END,
        in_doubt = true,
        code = 'in_doubt',
        detail = 'the sender stopped after it may have been handed to the gateway'
    FROM vestnik_batch b
    WHERE b.id = %(batch)s
      AND m.mailing_id = %(mailing)s AND m.id BETWEEN %(first)s AND %(mark)s
      AND ({is_granted}) AND {logged_at:b.id} IS NULL
    RETURNING m.id, m.state, m.client_id, m.phone
), counted AS (
    SELECT count(*) FILTER (WHERE state = {UNKNOWN}) AS unknown, count(*) FILTER (WHERE state = {QUEUED}) AS again,
           array_agg(ARRAY[id, state, client_id, phone] ORDER BY id) AS rows
    FROM settled
)
UPDATE vestnik_batch b
SET state = {done_if:b.queued + b.sending - counted.unknown = 0},
    queued = b.queued + b.sending - counted.unknown,
    sending = 0,
    unknown = b.unknown + counted.unknown,
    {lease_cleared}
FROM counted
WHERE b.id = %(batch)s
RETURNING counted.unknown, counted.again, counted.rows
