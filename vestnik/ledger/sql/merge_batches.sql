-- Batches of single messages become one each: the first of them (kept) has the messages and the counters of all (gone). What
-- other gateways did of them is added up, and so is what they have given to the counts of receipts; other counts are made again
-- when somebody looks. The caller has locked them, and folds their logs (fold_log.sql).
WITH pairs AS MATERIALIZED (
    SELECT * FROM unnest(%(gone)s::bigint[], %(kept)s::bigint[]) AS p (gone, kept)
), gone AS (
    DELETE FROM vestnik_batch b USING pairs p WHERE b.id = p.gone
    RETURNING p.kept, b.*
), summed AS (
    SELECT kept, max(last_id) AS last_id, max(end_time) AS end_time, max(attempt) AS attempt, max(retries) AS retries,
           {final_counters:sum(*)::int AS *}
    FROM gone GROUP BY kept
), widened AS (
    UPDATE vestnik_batch b
    SET last_id = s.last_id, end_time = greatest(b.end_time, s.end_time), attempt = greatest(b.attempt, s.attempt),
        retries = greatest(b.retries, s.retries), {final_counters:* = b.* + s.*}
    FROM summed s WHERE b.id = s.kept
), parts AS (
    DELETE FROM vestnik_batchgateway o USING pairs p WHERE o.batch_id = p.gone
    RETURNING p.kept, o.*
), by_gateway AS (
    INSERT INTO vestnik_batchgateway AS o (batch_id, gateway_id, mailing_id, sent, delivered, undelivered, failed, unknown)
    SELECT kept, gateway_id, mailing_id, sum(sent), sum(delivered), sum(undelivered), sum(failed), sum(unknown)
    FROM parts GROUP BY kept, gateway_id, mailing_id
    ON CONFLICT (batch_id, gateway_id) DO UPDATE
    SET sent = o.sent + excluded.sent, delivered = o.delivered + excluded.delivered,
        undelivered = o.undelivered + excluded.undelivered, failed = o.failed + excluded.failed,
        unknown = o.unknown + excluded.unknown
), given AS (
    DELETE FROM vestnik_batchdelivery d USING pairs p WHERE d.batch_id = p.gone
    RETURNING p.kept, d.stamp, d.counts
), delivery AS (
    INSERT INTO vestnik_batchdelivery AS d (batch_id, stamp, counts)
    SELECT g.kept, ARRAY[sum(g.stamp[1]), sum(g.stamp[2])]::int[],
           jsonb_path_query_array(jsonb_agg(g.counts), '$[*][*]')
    FROM given g GROUP BY g.kept
    ON CONFLICT (batch_id) DO UPDATE
    SET stamp = ARRAY[d.stamp[1] + excluded.stamp[1], d.stamp[2] + excluded.stamp[2]], counts = d.counts || excluded.counts
), outcomes AS (
    DELETE FROM vestnik_batchoutcomes o USING pairs p WHERE o.batch_id IN (p.gone, p.kept)
), own_parts AS (
    DELETE FROM vestnik_batchparts o USING pairs p WHERE o.batch_id IN (p.gone, p.kept)
)
SELECT count(*) FROM gone
