-- What was never sent gets its final state; what an earlier attempt may have delivered ends as unknown.
-- The counters are moved by the rows that the UPDATE gave back.
WITH settled AS (
    UPDATE vestnik_message
    SET state = CASE WHEN in_doubt THEN 7 ELSE %(state)s END,
        code = CASE WHEN in_doubt THEN code ELSE %(code)s END,
        detail = CASE WHEN in_doubt THEN detail ELSE %(detail)s END,
        not_before = NULL
    WHERE mailing_id = %(mailing)s AND id BETWEEN %(first)s AND %(last)s AND state = 0
    RETURNING id, state, client_id, phone
), counted AS (
    SELECT count(*) AS rows,
           count(*) FILTER (WHERE state = 5) AS expired,
           count(*) FILTER (WHERE state = 6) AS cancelled,
           count(*) FILTER (WHERE state = 7) AS unknown,
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
RETURNING counted.expired, counted.cancelled, counted.unknown, counted.changed
