-- Outcomes of the usual kind: the gateway answered 200, code 0. The guard on state and attempt makes a repeated flush
-- change, and so count, nothing. Gives back how many rows of each batch it changed.
WITH outcome AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(batches)s::bigint[], %(attempts)s::int[], %(at)s::float8[])
        AS o (id, batch_id, attempt, at)
), stamped AS (
    UPDATE vestnik_message m
    SET state = 1, attempt = o.attempt, tries = m.tries + 1, sent_at = to_timestamp(o.at), in_doubt = false,
        not_before = NULL, code = '0', detail = NULL
    FROM outcome o
    WHERE m.mailing_id = %(mailing)s AND m.id = o.id AND m.state = 0 AND m.attempt <> o.attempt
    RETURNING o.batch_id
)
SELECT batch_id, 1, count(*) FROM stamped GROUP BY batch_id
