-- What was never sent gets its final state; what an earlier attempt may have delivered ends as unknown.
-- Whatever expires says what its last try ended with, and has a code of its own where the gateway had asked to wait.
-- The counters are moved by the rows that the UPDATE gave back.
--
-- Picked first, in the order of their ids (settle_in_doubt.sql says why).
WITH picked AS MATERIALIZED (
    SELECT m.mailing_id, m.id FROM vestnik_message m
    WHERE m.mailing_id = %(mailing)s AND m.id BETWEEN %(first)s AND %(last)s AND m.state = {QUEUED}
      AND {logged_at:%(batch)s} IS NULL
    ORDER BY m.id
), settled AS (
    UPDATE vestnik_message m
    SET state = CASE WHEN in_doubt THEN {UNKNOWN} ELSE %(state)s END,
        code = CASE WHEN in_doubt THEN code
                    WHEN %(code)s = 'end' AND not_before IS NOT NULL THEN 'wait' ELSE %(code)s END,
        detail = CASE WHEN in_doubt THEN detail
                      WHEN %(state)s <> {EXPIRED} OR code IS NULL THEN %(detail)s
                      ELSE left(%(detail)s || CASE WHEN not_before IS NOT NULL AND %(code)s = 'end'
                                                   THEN '; the gateway had asked to wait' ELSE '' END
                                || '; the last try: ' || code || coalesce(' ' || detail, ''), 200) END,
        not_before = NULL, outcome_at = clock_timestamp()
    FROM picked p
    WHERE m.mailing_id = p.mailing_id AND m.id = p.id AND m.state = {QUEUED}
    RETURNING m.mailing_id, m.id, m.state, m.client_id, m.phone, m.gateway_id, '' AS code
), {tell:settled}, {noted:settled}, counted AS (
    SELECT count(*) AS rows,
           count(*) FILTER (WHERE state = {EXPIRED}) AS expired,
           count(*) FILTER (WHERE state = {CANCELLED}) AS cancelled,
           count(*) FILTER (WHERE state = {UNKNOWN}) AS unknown,
           array_agg(ARRAY[id, state, client_id, phone] ORDER BY id) AS changed
    FROM settled
)
UPDATE vestnik_batch b
SET state = 'done',
    queued = b.queued - counted.rows,
    expired = b.expired + counted.expired,
    cancelled = b.cancelled + counted.cancelled,
    unknown = b.unknown + counted.unknown
FROM counted
WHERE b.id = %(batch)s
RETURNING {worth_folding:%(mailing)s}, counted.expired, counted.cancelled, counted.unknown, counted.changed
