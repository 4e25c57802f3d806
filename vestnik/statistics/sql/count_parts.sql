-- Counts the parts of the messages that gateways have taken of some batches, beyond those of the mailing's own text: of those
-- batches of which more is taken than when they were counted. What is taken stays so, and its parts are written with it.
--
-- ORDER BY m.id OFFSET 0: as in count_outcomes.sql.
WITH stale AS MATERIALIZED (
    SELECT b.id, b.first_id, b.last_id, b.gateway_id, b.sent + b.delivered + b.undelivered AS taken
    FROM vestnik_batch b
    LEFT JOIN vestnik_batchparts k ON k.batch_id = b.id
    WHERE b.mailing_id = %(mailing)s AND b.sent + b.delivered + b.undelivered > 0
      AND k.taken IS DISTINCT FROM b.sent + b.delivered + b.undelivered
    LIMIT %(most)s
), found AS MATERIALIZED (
    SELECT b.id, m.gateway, sum(m.extra) AS extra
    FROM stale b
    CROSS JOIN LATERAL (
        SELECT m.parts - %(own_parts)s AS extra, coalesce(l.over, m.gateway_id, 1) AS gateway
        FROM vestnik_message m CROSS JOIN LATERAL (SELECT {logged_over:b.id} AS over OFFSET 0) l
        WHERE m.mailing_id = %(mailing)s AND m.id BETWEEN b.first_id AND b.last_id AND m.parts IS NOT NULL
          AND (m.state IN ({SENT}, {DELIVERED}, {UNDELIVERED}) OR l.over IS NOT NULL)
        ORDER BY m.id OFFSET 0
    ) m
    GROUP BY b.id, m.gateway
), written AS (
    INSERT INTO vestnik_batchparts (batch_id, taken, extra)
    SELECT s.id, s.taken, coalesce(
        (SELECT jsonb_agg(jsonb_build_array(f.gateway, f.extra)) FROM found f WHERE f.id = s.id), '[]')
    FROM stale s
    ON CONFLICT (batch_id) DO UPDATE SET taken = excluded.taken, extra = excluded.extra
)
SELECT count(*) FROM stale
