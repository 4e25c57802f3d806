-- Single messages of one request in one of the day's mailings: rows in the order of their phones, and batches of those whose
-- ids follow each other. A phone that has its message in this mailing already gets no row here, and the next mailing is
-- tried. The order by phone keeps two requests with the same phones from waiting for each other.
--
-- Other requests take ids at the same time, so a batch ends where an id is missing: no two batches overlap.
--
-- The end stands in the message, too: its batch may become a part of another one once it is done (merge_batches.sql).
--
-- A phone on the stop list has its row, cancelled from the start; or it has none, and is named with the id 0 (keep_stopped).
-- The caller shares the stop list's lock.
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(%(phones)s::bigint[], %(texts)s::text[], %(references)s::text[], %(ends)s::timestamptz[], %(routes)s::bigint[], %(parts)s::smallint[])
        AS g (phone, own_text, reference, end_time, route_id, parts)
    ORDER BY phone
), looked AS MATERIALIZED (
    SELECT g.*, EXISTS (SELECT FROM vestnik_stoppedphone x WHERE x.phone_number = g.phone) AS stopped
    FROM given g ORDER BY phone
), inserted AS (
    INSERT INTO vestnik_message (id, mailing_id, client_id, phone, created_at, state, in_doubt, recalled, code, detail, parts, field_values)
    SELECT nextval('vestnik_message_id_seq'), %(mailing)s,
           coalesce((SELECT c.id FROM vestnik_client c WHERE c.phone_number = s.phone), 0), phone, now(),
           CASE WHEN stopped THEN {CANCELLED} ELSE {QUEUED} END, false,
           CASE WHEN stopped THEN %(stop_code)s END, CASE WHEN stopped THEN %(stop_code)s END,
           CASE WHEN stopped THEN %(stop_detail)s END, parts,
           jsonb_strip_nulls(jsonb_build_object('text', own_text, 'reference', reference, 'end', end_time))
    FROM (SELECT * FROM looked WHERE %(keep_stopped)s OR NOT stopped ORDER BY phone OFFSET 0) s
    ON CONFLICT DO NOTHING
    RETURNING id, phone, state, created_at
), grouped AS (
    SELECT i.id, i.state, g.route_id, g.end_time,
           i.id - row_number() OVER (PARTITION BY g.route_id, g.end_time ORDER BY i.id) AS run
    FROM inserted i JOIN given g USING (phone)
), batched AS (
    INSERT INTO vestnik_batch (mailing_id, route_id, first_id, last_id, due_at, end_time, queued, cancelled, state)
    SELECT %(mailing)s, nullif(route_id, 0), min(id), max(id), now(), end_time, count(*) FILTER (WHERE state = {QUEUED}),
           count(*) FILTER (WHERE state = {CANCELLED}), {ready_if:bool_or(state = {QUEUED})}
    FROM grouped GROUP BY route_id, end_time, run
)
SELECT id, phone, state, created_at FROM inserted
UNION ALL
SELECT 0, phone, {CANCELLED}, now() FROM looked WHERE stopped AND NOT %(keep_stopped)s
