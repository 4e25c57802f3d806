-- The rules as they hold now, for batches by the number of theirs; 0 stands for none, which is the default gateway. A rule
-- that was removed is the first of those that are left and hold for everybody.
SELECT 0::bigint AS id, ARRAY[1]::smallint[] AS gateways, ARRAY[1]::smallint[] AS weights, ARRAY[]::smallint[] AS fallbacks
UNION ALL
SELECT r.id, x.gateways, x.weights, x.fallbacks
FROM vestnik_route r
CROSS JOIN LATERAL (
    SELECT r.gateways, r.weights, r.fallbacks, 0 AS place, 0 AS position, 0::bigint AS id WHERE r.removed_at IS NULL
    UNION ALL
    SELECT o.gateways, o.weights, o.fallbacks, 1, o.position, o.id FROM vestnik_route o
    WHERE r.removed_at IS NOT NULL AND o.removed_at IS NULL AND o.operator_codes IS NULL AND o.mailing_id IS NULL
    UNION ALL
    SELECT ARRAY[1]::smallint[], ARRAY[1]::smallint[], ARRAY[]::smallint[], 2, 0, 0
    ORDER BY place, position, id
    LIMIT 1
) x
