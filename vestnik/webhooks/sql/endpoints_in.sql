-- The endpoints that a table has rows of, each with one look into its index, whatever the table holds; and which of them
-- are still there, and enabled.
RECURSIVE ids (id) AS (
    (SELECT endpoint_id FROM {table} ORDER BY endpoint_id LIMIT 1)
    UNION ALL
    SELECT (SELECT t.endpoint_id FROM {table} t WHERE t.endpoint_id > i.id ORDER BY t.endpoint_id LIMIT 1)
    FROM ids i WHERE i.id IS NOT NULL
), endpoints AS (
    SELECT i.id, e.id IS NOT NULL AS is_there, e.enabled
    FROM ids i LEFT JOIN vestnik_webhook_endpoint e ON e.id = i.id
    WHERE i.id IS NOT NULL
)
