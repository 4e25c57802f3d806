-- The next tags of the directory after one, from its index (tag, id): each step jumps to the next value.
WITH RECURSIVE found (value) AS (
    (SELECT tag FROM vestnik_client WHERE tag > %(after)s ORDER BY tag LIMIT 1)
    UNION ALL
    SELECT (SELECT c.tag FROM vestnik_client c WHERE c.tag > f.value ORDER BY c.tag LIMIT 1)
    FROM found f WHERE f.value IS NOT NULL
)
SELECT value FROM found WHERE value IS NOT NULL LIMIT %(most)s
