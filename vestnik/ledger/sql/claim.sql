-- Takes due batches of running mailings, fairly. The room for ids in memory is divided by the mailings that have batches
-- due; each is filled up to its part, those of which least is loaded first, and of one of which nothing is held at least
-- one batch is taken. So none runs dry while another has a store. How many batches fill it is read from the counters of
-- the next ones, without a lock: mostly one of 1,000, after an outage many with a few to try again. One statement per
-- claim; SKIP LOCKED keeps dispatchers out of each other's way.
-- Single messages (kind direct) come first, and have room (lane) of their own, so that bulk never delays them. What is past
-- its own end is left to the sweep.
-- LATERAL walks each mailing's own ready batches: 0.5 ms with 100,000 batches of a paused mailing in the way, where a
-- plain join took 21 ms. Whether a send window is open is decided from what comes back: PostgreSQL's zones may be
-- older than Python's, and one side must decide.
WITH live AS MATERIALIZED (
    SELECT m.id, m.send_window_from, m.send_window_to, m.end_time, held.loaded, m.kind = 'direct' AS direct,
           CASE WHEN m.kind = 'direct' THEN %(lane)s
                ELSE %(room)s / count(*) FILTER (WHERE m.kind <> 'direct') OVER () END AS part
    FROM vestnik_mailing m
    LEFT JOIN unnest(%(held)s::bigint[], %(loaded)s::int[]) AS held (id, loaded) ON held.id = m.id
    WHERE m.frozen_at IS NULL AND m.state = 'running' AND m.end_time > clock_timestamp() + interval '1 second'
      AND EXISTS (SELECT FROM vestnik_batch b
                  WHERE b.mailing_id = m.id AND b.state = 'ready' AND b.due_at <= clock_timestamp())
    ORDER BY m.kind <> 'direct', coalesce(held.loaded, 0), random()
), due AS MATERIALIZED (
    SELECT b.id, m.send_window_from, m.send_window_to, m.end_time, m.direct
    FROM live m
    CROSS JOIN LATERAL (
        SELECT id FROM vestnik_batch
        WHERE mailing_id = m.id AND state = 'ready' AND due_at <= clock_timestamp()
          AND (end_time IS NULL OR end_time > clock_timestamp() + interval '1 second')
        ORDER BY due_at
        LIMIT (
            SELECT least(count(*), CASE WHEN m.direct THEN %(most)s + %(lane)s ELSE %(most)s END) FROM (
                SELECT sum(queued) OVER (ORDER BY due_at ROWS UNBOUNDED PRECEDING) - queued AS before FROM (
                    SELECT due_at, queued FROM vestnik_batch
                    WHERE mailing_id = m.id AND state = 'ready' AND due_at <= clock_timestamp()
                      AND (end_time IS NULL OR end_time > clock_timestamp() + interval '1 second')
                    ORDER BY due_at
                    LIMIT %(most)s + %(lane)s
                ) next
            ) filled
            WHERE before < greatest(m.part - coalesce(m.loaded, 0), CASE WHEN m.loaded IS NULL THEN 1 ELSE 0 END)
        )
        FOR UPDATE SKIP LOCKED
    ) b
    LIMIT %(most)s + %(lane)s
)
UPDATE vestnik_batch b
SET state = 'leased',
    attempt = b.attempt + 1,
    lease_token = nextval('vestnik_lease_numbers'),
    lease_holder = %(holder)s,
    leased_at = clock_timestamp(),
    lease_expires_at = clock_timestamp() + make_interval(secs => %(seconds)s),
    high_water = NULL
FROM due
WHERE b.id = due.id
RETURNING b.id, b.mailing_id, b.first_id, b.last_id, b.attempt, b.retries, b.lease_token, b.leased_at,
          b.recalls, b.timezone, due.send_window_from, due.send_window_to, coalesce(b.end_time, due.end_time),
          NULL::smallint, NULL::boolean, NULL::bigint, b.queued, due.direct
