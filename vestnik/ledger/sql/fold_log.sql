-- The log rows of some batches that are done become one row each, or a few: offsets in time are smallint milliseconds, so
-- each {SLOT} ms since the batch's first success have a row of their own, and so has each gateway. Bits and times stay as
-- they were. A row has the latest of the attempts that it is made of, and a number below zero, which no flush has.
--
-- All rows of these batches are gone before the first new one is inserted: the windows sort what the DELETE gave back. An id
-- that stands there twice, by a damage, keeps one place (step > 0): a flush must not fail for it.
--
-- into: the batches that these are parts of now, in their order (merge_batches.sql).
WITH gone AS (
    DELETE FROM vestnik_outcome_log WHERE mailing_id = %(mailing)s AND batch_id = ANY (%(batches)s::bigint[])
    RETURNING (%(into)s::bigint[])[array_position(%(batches)s::bigint[], batch_id)] AS batch_id, gateway_id, attempt, first_id, (extract(epoch FROM since) * 1000)::bigint AS since, ids, after
), begun AS (
    SELECT *, min(since) OVER (PARTITION BY batch_id) AS begin FROM gone
), entry AS (
    SELECT g.batch_id, g.gateway_id, g.attempt, g.first_id + n AS id, sent.at, (sent.at - g.begin) / {SLOT} AS slot
    FROM begun g
    CROSS JOIN LATERAL generate_series(0, length(g.ids) - 1) n
    CROSS JOIN LATERAL (SELECT g.since + g.after[bit_count(substring(g.ids, 1, n + 1))] AS at) sent
    WHERE get_bit(g.ids, n) = 1
), placed AS (
    SELECT *, id - lag(id) OVER (in_slot ORDER BY id) AS step, min(at) OVER in_slot AS since
    FROM entry
    WINDOW in_slot AS (PARTITION BY batch_id, gateway_id, slot)
)
INSERT INTO vestnik_outcome_log (mailing_id, batch_id, gateway_id, attempt, flush, first_id, last_id, ids, since, after)
SELECT %(mailing)s, batch_id, gateway_id, max(attempt),
       -row_number() OVER (PARTITION BY batch_id ORDER BY slot, gateway_id), min(id), max(id),
       string_agg(lpad('1', coalesce(step, 1)::int, '0'), '' ORDER BY id)::varbit,
       to_timestamp(min(since) / 1e3::float8), array_agg((at - since)::smallint ORDER BY id)
FROM placed
WHERE step IS NULL OR step > 0
GROUP BY batch_id, gateway_id, slot
