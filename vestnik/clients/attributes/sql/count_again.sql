-- All clients are counted again, in one snapshot: rows of counts that it sees go, and what others commit meanwhile stays and
-- counts on top. The lock keeps others from folding rows that this would miss. Returns names whose number was another one.
WITH gone AS (
    DELETE FROM vestnik_attributecount RETURNING name, clients
), kept AS (
    SELECT name, sum(clients)::bigint AS clients FROM gone GROUP BY name HAVING sum(clients) <> 0
), found AS (
    SELECT name, count(*) AS clients FROM vestnik_client, jsonb_object_keys(attributes) AS name
    WHERE attributes IS NOT NULL GROUP BY name
), added AS (
    INSERT INTO vestnik_attributecount (name, clients) SELECT name, clients FROM found
)
SELECT name FROM kept FULL JOIN found USING (name) WHERE kept.clients IS DISTINCT FROM found.clients ORDER BY name
