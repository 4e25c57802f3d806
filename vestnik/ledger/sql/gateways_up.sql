-- Gateways that take messages now: in use, not out, not down, and not without any dispatcher because none can open them.
-- A table g of one column.
SELECT s.id FROM vestnik_gatewaystate s LEFT JOIN vestnik_gateway g ON g.id = s.id
WHERE (s.id = 1 OR (g.enabled AND g.removed_at IS NULL)) AND s.breaker = 'closed' AND s.out_at IS NULL AND s.unopened = ''
