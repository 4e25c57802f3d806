-- The totals of one mailing by gateway, in the order of MESSAGE_STATES, those of none last. Once the batches are deleted,
-- the mailing's frozen totals say it.
WITH mailing AS MATERIALIZED (
    SELECT id, totals FROM vestnik_mailing WHERE id = %(mailing)s
), summed AS (
    SELECT p.gateway, {counters:sum(p.*) AS *} FROM mailing m CROSS JOIN LATERAL ({gateway_parts}) p GROUP BY p.gateway
    UNION ALL
    SELECT k.gateway, {counters:k.*}
    FROM mailing m CROSS JOIN LATERAL jsonb_to_recordset(m.totals->'gateways') AS k (gateway int, {counters:* bigint})
    WHERE NOT EXISTS (SELECT FROM vestnik_batch b WHERE b.mailing_id = m.id)
)
SELECT s.gateway, g.name, {counters:s.*}
FROM summed s LEFT JOIN vestnik_gateway g ON g.id = s.gateway
WHERE {counted:s} > 0
ORDER BY s.gateway NULLS LAST
