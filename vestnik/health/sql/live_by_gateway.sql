-- The messages of mailings that are not over, by gateway (empty: over none) and state: one statement, so that the sums by
-- gateway and the sums of all are of one instant. Sums of batch counters, as in load_now.sql.
SELECT coalesce(g.name, ''), {counters:sum(p.*)::bigint}
FROM vestnik_mailing m
CROSS JOIN LATERAL ({gateway_parts}) p
LEFT JOIN vestnik_gateway g ON g.id = p.gateway
WHERE m.frozen_at IS NULL AND m.hidden_at IS NULL
GROUP BY 1
