-- As build_chunk.sql, for a mailing with a send window, or one whose clients go by several rules: a batch holds clients
-- of one time zone and of one rule only, and is due when the window opens there.
--
-- Ids are drawn in the order of the groups, so a batch is still a range of ids. The sort is in a subquery: the planner
-- leaves one with ORDER BY alone, so nextval runs after it. A zone that is not among the given ones (a client moved
-- between two statements) is due at once: the lease looks at the window anyway. Without a window all zones are one.
--
-- The rules are an array with a place for each operator code: looked up, not joined. 0: none.
WITH {clients}, grouped AS MATERIALIZED (
    SELECT id, phone_number, stopped{personal_picked}, CASE WHEN %(zoned)s THEN timezone END AS timezone,
           nullif((%(route_of_code)s::bigint[])[mobile_operator_code + 1], 0) AS route_id
    FROM picked
), inserted AS (
    {file:new_messages}
    FROM (SELECT id, phone_number, stopped{personal_picked} FROM grouped ORDER BY timezone, route_id, id) AS in_order_of_groups
    {on_conflict}
    RETURNING id, client_id, state
), sliced AS (
    SELECT i.id, i.state, g.timezone, g.route_id,
           (row_number() OVER (PARTITION BY g.timezone, g.route_id ORDER BY i.id) - 1) / %(batch)s AS slice
    FROM inserted i JOIN grouped g ON g.id = i.client_id
), ranges AS (
    SELECT timezone, route_id, min(id) AS first_id, max(id) AS last_id, count(*) FILTER (WHERE state = {QUEUED}) AS queued,
           count(*) FILTER (WHERE state = {CANCELLED}) AS cancelled
    FROM sliced GROUP BY timezone, route_id, slice
), batched AS (
    INSERT INTO vestnik_batch (mailing_id, route_id, first_id, last_id, timezone, due_at, queued, cancelled, state)
    SELECT %(mailing)s, r.route_id, r.first_id, r.last_id, r.timezone, coalesce(z.due_at, now()), r.queued, r.cancelled,
           {ready_if:r.queued > 0}
    FROM ranges r
    LEFT JOIN unnest(%(zones)s::text[], %(due)s::timestamptz[]) AS z (name, due_at) ON z.name = r.timezone
    RETURNING queued + cancelled AS made
)
SELECT (SELECT max({position}) FROM {looked_at}), (SELECT count(*) FROM {looked_at}), (SELECT coalesce(sum(made), 0) FROM batched)
