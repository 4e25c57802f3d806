-- All other outcomes: refused, unknown, or to be tried again (state stays queued, the attempt is stamped).
WITH outcome AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(batches)s::bigint[], %(attempts)s::int[], %(states)s::smallint[],
                         %(burns)s::smallint[], %(in_doubt)s::boolean[], %(codes)s::text[], %(details)s::text[],
                         %(retry_after)s::float8[])
        AS o (id, batch_id, attempt, state, burns, in_doubt, code, detail, retry_after)
), stamped AS (
    UPDATE vestnik_message m
    SET state = o.state, attempt = o.attempt, tries = m.tries + 1, answers = m.answers + o.burns,
        in_doubt = o.in_doubt, code = o.code, detail = o.detail,
        not_before = CASE WHEN o.state = 0 AND o.retry_after IS NOT NULL
                          THEN clock_timestamp() + make_interval(secs => o.retry_after) END
    FROM outcome o
    WHERE m.mailing_id = %(mailing)s AND m.id = o.id AND m.state = 0 AND m.attempt <> o.attempt
    RETURNING o.batch_id, m.state
)
SELECT batch_id, state, count(*) FROM stamped GROUP BY batch_id, state
