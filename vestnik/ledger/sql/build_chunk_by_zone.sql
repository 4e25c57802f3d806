-- As build_chunk.sql, for a mailing with a send window: a batch holds clients of one time zone only, and is due when
-- the window opens there.
--
-- Ids are drawn in the order of the zones, so a batch is still a range of ids. The sort is in a subquery: the planner
-- leaves one with ORDER BY alone, so nextval runs after it. A zone that is not among the given ones (a client moved
-- between two statements) is due at once: the lease looks at the window anyway.
WITH {file:next_clients}, inserted AS (
    {file:new_messages}
    FROM (SELECT id, phone_number, stopped FROM picked ORDER BY timezone, id) AS in_order_of_zones
    {on_conflict}
    RETURNING id, client_id, state
), sliced AS (
    SELECT i.id, i.state, p.timezone, (row_number() OVER (PARTITION BY p.timezone ORDER BY i.id) - 1) / %(batch)s AS slice
    FROM inserted i JOIN picked p ON p.id = i.client_id
), ranges AS (
    SELECT timezone, min(id) AS first_id, max(id) AS last_id, count(*) FILTER (WHERE state = {QUEUED}) AS queued,
           count(*) FILTER (WHERE state = {CANCELLED}) AS cancelled
    FROM sliced GROUP BY timezone, slice
), batched AS (
    INSERT INTO vestnik_batch (mailing_id, first_id, last_id, timezone, due_at, queued, cancelled, state)
    SELECT %(mailing)s, r.first_id, r.last_id, r.timezone, coalesce(z.due_at, now()), r.queued, r.cancelled,
           {ready_if:r.queued > 0}
    FROM ranges r
    LEFT JOIN unnest(%(zones)s::text[], %(due)s::timestamptz[]) AS z (name, due_at) ON z.name = r.timezone
    RETURNING queued + cancelled AS made
)
SELECT (SELECT max(id) FROM picked), (SELECT count(*) FROM picked), (SELECT coalesce(sum(made), 0) FROM batched)
