-- A provider says in how many parts it sent messages of one mailing. Only what differs from what is known is written: a
-- message without a number of its own costs no bytes. The success of the message stands in the log, whatever its row has.
-- The mailing says that there are such, so that statistics need not look for them in every mailing.
--
-- Joined by both columns of the key, not by a constant, and few for the planner: record_sent.sql says why.
WITH given AS MATERIALIZED (
    SELECT *, %(mailing)s::bigint AS mailing_id
    FROM unnest((SELECT %(ids)s::bigint[]), (SELECT %(parts)s::smallint[])) AS m (id, parts)
    WHERE id > 0 AND parts > 0
), changed AS (
    UPDATE vestnik_message m
    SET parts = nullif(g.parts, %(own_parts)s::smallint)
    FROM given g
    WHERE m.mailing_id = g.mailing_id AND m.id = g.id AND {parts_now} <> g.parts
    RETURNING m.id
)
UPDATE vestnik_mailing SET parts_differ = true
WHERE id = %(mailing)s AND NOT parts_differ AND EXISTS (SELECT FROM changed)
