-- How many more clients have each attribute after the import, written before it changes any. Clients that will be changed are
-- locked: somebody else who gives one an attribute at this moment would be counted twice. A count for each name, not a
-- row for each client and name: a quarter of the time.
WITH changed AS MATERIALIZED (
    SELECT j.attributes AS given, c.attributes AS had FROM checked j JOIN vestnik_client c ON c.id = j.client
    WHERE j.reason IS NULL AND NOT j.same AND j.attributes IS NOT NULL
    FOR NO KEY UPDATE OF c
), counted AS (
    SELECT ARRAY[{counts}] AS clients FROM (
        SELECT attributes AS given, NULL::jsonb AS had FROM checked
        WHERE reason IS NULL AND client IS NULL AND attributes IS NOT NULL
        UNION ALL SELECT given, had FROM changed
    ) AS rows
)
INSERT INTO vestnik_attributecount (name, clients)
SELECT each.name, each.clients FROM counted, unnest(%(names)s::text[], counted.clients) AS each (name, clients)
WHERE each.clients > 0
