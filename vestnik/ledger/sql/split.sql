-- Splits a leased batch after the last message that its holder has handed over: what follows is a batch of its own, due
-- now, for others to take, while the holder waits for its answers. The holder hands over nothing more of it.
--
-- Not where the log, or another gateway's part, says something of what follows: both are looked up by the batch. A flush
-- that is repeated finds it split. Gives back the new batch (null: it was made before); no row: it is not split.
WITH old AS MATERIALIZED (
    SELECT b.* FROM vestnik_batch b
    WHERE b.id = %(batch)s AND b.state = 'leased' AND b.last_id > %(mark)s
      AND NOT EXISTS (SELECT FROM vestnik_outcome_log l
                      WHERE l.mailing_id = %(mailing)s AND l.batch_id = b.id AND l.last_id > %(mark)s)
      AND NOT EXISTS (SELECT FROM vestnik_batchgateway o WHERE o.batch_id = b.id)
), counts AS MATERIALIZED (
    SELECT {counted}, count(*) FILTER (WHERE m.granted)::int AS granted
    FROM (
        SELECT m.state, ({is_granted}) AS granted
        FROM old b CROSS JOIN LATERAL (
            SELECT * FROM vestnik_message m
            WHERE m.mailing_id = %(mailing)s AND m.id > %(mark)s AND m.id <= b.last_id
            ORDER BY m.id OFFSET 0
        ) m
    ) m
), made AS (
    INSERT INTO vestnik_batch (mailing_id, first_id, last_id, timezone, due_at, end_time, state, attempt, retries, recalls, route_id,
                               gateway_id, {final_counters:*}, queued)
    SELECT b.mailing_id, %(mark)s + 1, b.last_id, b.timezone, least(b.due_at, clock_timestamp()), b.end_time, {ready_if:c.queued > 0},
           b.attempt, b.retries, b.recalls, b.route_id, b.gateway_id, {final_counters:c.*}, c.queued
    FROM old b CROSS JOIN counts c
    RETURNING id
), shortened AS (
    UPDATE vestnik_batch b
    SET last_id = %(mark)s, high_water = least(b.high_water, %(mark)s), sending = b.sending - c.granted,
        queued = b.queued - (c.queued - c.granted), {final_counters:* = b.* - c.*}
    FROM old CROSS JOIN counts c
    WHERE b.id = old.id
    RETURNING b.id
)
SELECT made.id FROM made CROSS JOIN shortened
UNION ALL
SELECT NULL FROM vestnik_batch b WHERE b.id = %(batch)s AND b.last_id = %(mark)s
