-- The rules by which this gateway may take batches now: it is among those with weights and up, or none of them is and it is
-- the first up of those to fall back on. With the gateways that share a rule now, their weights, and the kinds of the others in
-- use, up or not, that take its messages beside this one or before it. probe: it is down, and asks whether it still is, with
-- a message of any rule that names it.
WITH up AS MATERIALIZED ({gateways_up})
SELECT r.id, t.gateways, t.weights, ARRAY(
    SELECT DISTINCT g.kind FROM vestnik_gateway g
    WHERE g.id <> %(gateway)s AND (g.id = 1 OR (g.enabled AND g.removed_at IS NULL)) AND g.id = ANY (
        r.gateways || CASE WHEN %(gateway)s <> ALL (r.gateways)
                           THEN r.fallbacks[:array_position(r.fallbacks, %(gateway)s::smallint) - 1] END
    )
)
FROM ({rules}) r
CROSS JOIN LATERAL (
    SELECT array_agg(x.gateway ORDER BY x.gateway) AS gateways, array_agg(x.weight ORDER BY x.gateway) AS weights
    FROM unnest(r.gateways, r.weights) AS x (gateway, weight) JOIN up ON up.id = x.gateway
) t
WHERE {in_use} AND CASE
    WHEN %(probe)s THEN %(gateway)s = ANY (r.gateways || r.fallbacks)
    WHEN t.gateways IS NOT NULL THEN %(gateway)s = ANY (t.gateways)
    ELSE %(gateway)s = (
        SELECT f.id FROM unnest(r.fallbacks) WITH ORDINALITY AS f (id, place) JOIN up ON up.id = f.id ORDER BY f.place LIMIT 1
    )
END
