-- The rules that nothing can be sent by: every gateway that they name is out or not in use, and one is out. With the first
-- of those and what it said. A gateway that is down is no reason: it comes back by itself. Nothing is read where none is out.
SELECT r.id, gone.id AS gateway, gone.out_code, gone.out_words
FROM ({rules}) r
CROSS JOIN LATERAL (
    SELECT s.id, s.out_code, s.out_words FROM vestnik_gatewaystate s
    WHERE s.out_at IS NOT NULL AND s.id = ANY (r.gateways || r.fallbacks)
    ORDER BY s.id LIMIT 1
) gone
WHERE EXISTS (SELECT FROM vestnik_gatewaystate WHERE out_at IS NOT NULL)
  AND NOT EXISTS (
    SELECT FROM vestnik_gatewaystate s LEFT JOIN vestnik_gateway g ON g.id = s.id
    WHERE s.id = ANY (r.gateways || r.fallbacks) AND s.out_at IS NULL
      AND (s.id = 1 OR (g.enabled AND g.removed_at IS NULL))
  )
