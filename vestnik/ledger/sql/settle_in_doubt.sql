-- Takes a lapsed lease over: its in-doubt rows (may have been handed over, no outcome of that attempt) are settled, then
-- the batch is ready again, and its next lease has a new token, attempt and mark. At a gateway that knows a repeated id
-- they stay queued and leave again under the same id, over the same gateway; otherwise (where they were recalled, or
-- were in doubt at another gateway before, as decide.py says) they become unknown, for the operator to decide.
--
-- Picked first, in the order of their ids: a mailing made a moment ago counts as one row for the planner, and then the key
-- by phone, which reads the whole mailing, would seem as good. Joined by both columns of the key, not by a constant, for the same reason (record_sent.sql).
WITH picked AS MATERIALIZED (
    SELECT m.mailing_id, m.id, {doubt_elsewhere} AS elsewhere,
           coalesce(b.gateway_id, 1) AS gateway_id
    FROM vestnik_batch b CROSS JOIN LATERAL (
        SELECT * FROM vestnik_message m
        WHERE m.mailing_id = %(mailing)s AND m.id BETWEEN %(first)s AND %(mark)s AND m.id <= b.last_id  -- what follows is another batch's
        ORDER BY m.id OFFSET 0
    ) m
    WHERE b.id = %(batch)s AND ({is_granted}) AND {logged_at:b.id} IS NULL
), settled AS (
    UPDATE vestnik_message m
    SET state = CASE WHEN %(idempotent)s AND m.recalled IS NULL AND NOT p.elsewhere THEN {QUEUED} ELSE {UNKNOWN} END,
        in_doubt = true, gateway_id = CASE WHEN p.elsewhere THEN 0 ELSE p.gateway_id END, outcome_at = clock_timestamp(),
        code = 'in_doubt',
        detail = 'the sender stopped after it may have been handed to the gateway'
    FROM picked p
    WHERE m.mailing_id = p.mailing_id AND m.id = p.id AND m.state = {QUEUED}
    RETURNING m.mailing_id, m.id, m.state, m.client_id, m.phone, p.gateway_id, m.code
), {tell:settled}, {noted:settled}, counted AS (
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
RETURNING {worth_folding:%(mailing)s}, counted.unknown, counted.again, counted.rows
