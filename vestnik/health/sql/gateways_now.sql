-- Each gateway that is enabled, and whether it takes messages now: its breaker is closed, nobody has to put it back, a
-- dispatcher can open it, and it is not held after an outage.
SELECT g.name, s.breaker = 'closed' AND s.out_at IS NULL AND s.unopened = '' AND (s.back_at IS NULL OR s.back_at <= clock_timestamp())
FROM vestnik_gateway g JOIN vestnik_gatewaystate s ON s.id = g.id
WHERE g.enabled AND g.removed_at IS NULL ORDER BY g.id
