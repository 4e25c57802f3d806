-- As build_chunk.sql, for a mailing with a send window: a batch holds clients of one time zone only, and is due when
-- the window opens there.
--
-- Ids are drawn in the order of the zones, so a batch is still a range of ids. The sort is in a subquery: the planner
-- leaves one with ORDER BY alone, so nextval runs after it. A zone that is not among the given ones (a client moved
-- between two statements) is due at once: the lease looks at the window anyway.
WITH picked AS MATERIALIZED (
    SELECT id, phone_number, timezone,
           EXISTS (SELECT FROM vestnik_stoppedphone s WHERE s.phone_number = c.phone_number) AS stopped
    FROM vestnik_client c
    WHERE id > %(after)s
      AND id <= %(limit)s
      AND {matches}
    ORDER BY id
    LIMIT %(chunk)s
), inserted AS (
    INSERT INTO vestnik_message (id, mailing_id, client_id, phone, created_at, state, in_doubt, recalled, code, detail)
    SELECT nextval('vestnik_message_id_seq'), %(mailing)s, id, phone_number, now(), CASE WHEN stopped THEN {CANCELLED} ELSE {QUEUED} END,
           NOT stopped AND EXISTS (SELECT FROM vestnik_mailing m WHERE m.id = %(mailing)s AND m.restored_at IS NOT NULL),
           CASE WHEN stopped THEN %(stop_code)s END, CASE WHEN stopped THEN %(stop_code)s END,
           CASE WHEN stopped THEN %(stop_detail)s END
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
