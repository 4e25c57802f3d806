-- Takes due batches of running mailings, fairly: of a mailing that this dispatcher holds nothing of at least one batch,
-- of the others up to their share. One statement per claim; SKIP LOCKED keeps dispatchers out of each other's way.
-- LATERAL walks each mailing's own ready batches: 0.5 ms with 100,000 batches of a paused mailing in the way, where a
-- plain join took 21 ms. Whether a send window is open is decided from what comes back: PostgreSQL's zones may be
-- older than Python's, and one side must decide.
WITH live AS MATERIALIZED (
    SELECT id, send_window_from, send_window_to, end_time FROM vestnik_mailing
    WHERE frozen_at IS NULL AND state = 'running' AND end_time > clock_timestamp() + interval '1 second'
    ORDER BY random()
), due AS MATERIALIZED (
    SELECT b.id, m.send_window_from, m.send_window_to, m.end_time
    FROM live m
    CROSS JOIN LATERAL (
        SELECT id FROM vestnik_batch
        WHERE mailing_id = m.id AND state = 'ready' AND due_at <= clock_timestamp()
        ORDER BY due_at
        LIMIT CASE WHEN m.id = ANY (%(held)s::bigint[]) THEN %(share)s ELSE greatest(%(share)s, 1) END
        FOR UPDATE SKIP LOCKED
    ) b
    LIMIT %(most)s
)
UPDATE vestnik_batch b
SET state = 'leased',
    attempt = b.attempt + 1,
    lease_token = nextval('vestnik_lease_token_seq'),
    lease_holder = %(holder)s,
    leased_at = clock_timestamp(),
    lease_expires_at = clock_timestamp() + make_interval(secs => %(seconds)s),
    high_water = NULL
FROM due
WHERE b.id = due.id
RETURNING b.id, b.mailing_id, b.first_id, b.last_id, b.attempt, b.retries, b.lease_token, b.leased_at,
          b.recalls, b.timezone, due.send_window_from, due.send_window_to, due.end_time
