-- All other outcomes: refused, unknown, or to be tried again (state stays queued, the attempt is stamped). A message that
-- was recalled while it was on the network is not tried again: cancelled, or unknown where it may have been delivered.
-- gateway: over which it came; null: this attempt left no doubt and an earlier one did, whose gateway stays.
-- The planner is kept from scanning as in record_sent.sql.
WITH outcome AS MATERIALIZED (
    SELECT *, %(mailing)s::bigint AS mailing_id
    FROM unnest((SELECT %(id)s::bigint[]), (SELECT %(batch)s::bigint[]), (SELECT %(attempt)s::int[]),
                         %(state)s::smallint[],
                         %(burns)s::smallint[], %(in_doubt)s::boolean[], %(code)s::text[], %(detail)s::text[],
                         %(retry_after)s::float8[], %(gateway)s::smallint[])
        AS o (id, batch_id, attempt, state, burns, in_doubt, code, detail, retry_after, gateway)
    WHERE id > 0 AND batch_id > 0 AND attempt > 0
), stamped AS (
    UPDATE vestnik_message m
    SET state = CASE WHEN o.state <> {QUEUED} OR m.recalled IS NULL THEN o.state WHEN o.in_doubt THEN {UNKNOWN} ELSE {CANCELLED} END,
        attempt = o.attempt, tries = m.tries + 1, answers = m.answers + o.burns,
        in_doubt = o.in_doubt, gateway_id = coalesce(o.gateway, m.gateway_id), code = o.code, detail = o.detail, outcome_at = clock_timestamp(),
        not_before = CASE WHEN o.state = {QUEUED} AND m.recalled IS NULL AND o.retry_after IS NOT NULL
                          THEN clock_timestamp() + make_interval(secs => o.retry_after) END
    FROM outcome o
    WHERE m.mailing_id = o.mailing_id AND m.id = o.id AND m.state = {QUEUED} AND m.attempt <> o.attempt
      AND {logged_at:o.batch_id} IS NULL
    RETURNING o.batch_id, m.mailing_id, m.id, m.state, m.code
), {tell:stamped}
SELECT batch_id, state, count(*), code FROM stamped GROUP BY batch_id, state, code
