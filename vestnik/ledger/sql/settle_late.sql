-- A dispatcher that lost its lease may still hold definite answers. They settle rows that are unknown or in doubt; a
-- queued row is left to whoever leases its batch now. Counters move by the rows that changed. A refusal settles a row only
-- where that attempt was its last: a later one may have been delivered, and then it has to stay unknown. Nor is one that a
-- split has just moved into another batch.
WITH batch AS (
    SELECT id, state, attempt, first_id, last_id FROM vestnik_batch WHERE id = %(batch)s FOR NO KEY UPDATE
), answered AS MATERIALIZED (
    SELECT *, %(mailing)s::bigint AS mailing_id FROM unnest(%(id)s::bigint[], %(state)s::smallint[], %(code)s::text[], %(detail)s::text[], %(at)s::float8[])
        AS a (id, state, code, detail, at)
), before AS (
    SELECT m.id, m.state
    -- Joined by both columns of the key, not by a constant: record_sent.sql says why.
    FROM vestnik_message m
    JOIN answered a ON a.mailing_id = m.mailing_id AND a.id = m.id
    CROSS JOIN batch
    WHERE m.id BETWEEN batch.first_id AND batch.last_id
      AND (a.state = {SENT} OR CASE m.state WHEN {UNKNOWN} THEN m.attempt < %(attempt)s ELSE batch.attempt = %(attempt)s END)
      AND (m.state = {UNKNOWN} OR (m.state = {QUEUED} AND m.in_doubt AND batch.state = 'ready'
                                     AND {logged_at:batch.id} IS NULL))
    FOR NO KEY UPDATE OF m
), settled AS (
    UPDATE vestnik_message m
    SET state = a.state, code = a.code, detail = a.detail, in_doubt = false, not_before = NULL, tries = m.tries + 1, gateway_id = %(gateway)s,
        sent_at = CASE WHEN a.state = {SENT} THEN to_timestamp(a.at) END, outcome_at = to_timestamp(a.at)
    FROM answered a JOIN before ON before.id = a.id
    WHERE m.mailing_id = a.mailing_id AND m.id = a.id
    RETURNING before.state AS was, m.state AS is, m.mailing_id, m.id, m.state, m.gateway_id, m.code
), {tell:settled}, {noted:settled}, counted AS (
    SELECT count(*) FILTER (WHERE was = {QUEUED}) AS from_queued, count(*) FILTER (WHERE was = {UNKNOWN}) AS from_unknown,
           count(*) FILTER (WHERE "is" = {SENT}) AS sent, count(*) FILTER (WHERE "is" = {FAILED}) AS failed
    FROM settled
), moved AS (
    UPDATE vestnik_batch b
    SET queued = b.queued - c.from_queued, unknown = b.unknown - c.from_unknown,
        sent = b.sent + c.sent, failed = b.failed + c.failed,
        state = {done_unless_leased_if:b.queued - c.from_queued = 0}
    FROM counted c WHERE b.id = %(batch)s
    RETURNING {worth_folding:%(mailing)s} AS worth_folding
), frozen AS (
    UPDATE vestnik_mailing m
    SET totals = m.totals || jsonb_build_object(
            'unknown', (m.totals->>'unknown')::bigint - c.from_unknown,
            'sent', (m.totals->>'sent')::bigint + c.sent, 'failed', (m.totals->>'failed')::bigint + c.failed)
    FROM counted c
    WHERE m.id = %(mailing)s AND m.frozen_at IS NOT NULL
)
SELECT worth_folding FROM moved
