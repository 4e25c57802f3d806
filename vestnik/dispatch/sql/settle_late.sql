-- A dispatcher that lost its lease may still hold definite answers. They settle rows that are unknown or in doubt; a
-- queued row is left to whoever leases its batch now. Counters move by the rows that changed. A refusal settles a row only
-- where that attempt was its last: a later one may have been delivered, and then it has to stay unknown.
WITH batch AS (
    SELECT id, state, attempt FROM vestnik_batch WHERE id = %(batch)s FOR NO KEY UPDATE
), answered AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(states)s::smallint[], %(codes)s::text[], %(details)s::text[], %(at)s::float8[])
        AS a (id, state, code, detail, at)
), before AS (
    SELECT m.id, m.state
    FROM vestnik_message m JOIN answered a ON a.id = m.id CROSS JOIN batch
    WHERE m.mailing_id = %(mailing)s
      AND (a.state = 1 OR CASE m.state WHEN 7 THEN m.attempt < %(attempt)s ELSE batch.attempt = %(attempt)s END)
      AND (m.state = 7 OR (m.state = 0 AND m.in_doubt AND batch.state = 'ready'))
    FOR NO KEY UPDATE OF m
), settled AS (
    UPDATE vestnik_message m
    SET state = a.state, code = a.code, detail = a.detail, in_doubt = false, not_before = NULL, tries = m.tries + 1,
        sent_at = CASE WHEN a.state = 1 THEN to_timestamp(a.at) END
    FROM answered a JOIN before ON before.id = a.id
    WHERE m.mailing_id = %(mailing)s AND m.id = a.id
    RETURNING before.state AS was, m.state AS is
), counted AS (
    SELECT count(*) FILTER (WHERE was = 0) AS from_queued, count(*) FILTER (WHERE was = 7) AS from_unknown,
           count(*) FILTER (WHERE "is" = 1) AS sent, count(*) FILTER (WHERE "is" = 4) AS failed
    FROM settled
), moved AS (
    UPDATE vestnik_batch b
    SET queued = b.queued - c.from_queued, unknown = b.unknown - c.from_unknown,
        sent = b.sent + c.sent, failed = b.failed + c.failed,
        state = CASE WHEN b.state = 'ready' AND b.queued - c.from_queued = 0 THEN 'done' ELSE b.state END
    FROM counted c WHERE b.id = %(batch)s
)
UPDATE vestnik_mailing m
SET totals = m.totals || jsonb_build_object(
        'unknown', (m.totals->>'unknown')::bigint - c.from_unknown,
        'sent', (m.totals->>'sent')::bigint + c.sent, 'failed', (m.totals->>'failed')::bigint + c.failed)
FROM counted c
WHERE m.id = %(mailing)s AND m.frozen_at IS NOT NULL
