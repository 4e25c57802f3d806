-- The time zones of the directory. Few among millions of clients, so the index is entered once for each of them (a loose
-- index scan); DISTINCT would read all of it.
WITH RECURSIVE zone AS (
    (SELECT timezone AS name FROM vestnik_client ORDER BY timezone LIMIT 1)
    UNION ALL
    SELECT (SELECT c.timezone FROM vestnik_client c WHERE c.timezone > zone.name ORDER BY c.timezone LIMIT 1)
    FROM zone WHERE zone.name IS NOT NULL
)
SELECT name FROM zone WHERE name IS NOT NULL
