-- Running mailings that nothing can be sent of: all rules of what they have left name only gateways that are out or not in
-- use, and one that is out. With what the first of those said. A gateway that is down is no reason: it comes back by itself.
-- Not those whose audience is not built, for the next batch may go by another rule; nor single messages, each of which has
-- its own end. Where no gateway is out, nothing else is read.
WITH gone AS MATERIALIZED (
    SELECT id, out_code, out_words FROM vestnik_gatewaystate WHERE out_at IS NOT NULL
), takes AS MATERIALIZED (
    SELECT s.id FROM vestnik_gatewaystate s LEFT JOIN vestnik_gateway g ON g.id = s.id
    WHERE (s.id = 1 OR (g.enabled AND g.removed_at IS NULL)) AND s.out_at IS NULL
)
SELECT m.id, said.id, said.out_code, said.out_words
FROM vestnik_mailing m
CROSS JOIN LATERAL (
    SELECT min(gone.id) AS first, bool_or(EXISTS (SELECT FROM takes WHERE takes.id = ANY (r.gateways || r.fallbacks))) AS goes_on
    FROM (SELECT DISTINCT coalesce(b.route_id, 0) AS id FROM vestnik_batch b
          WHERE b.mailing_id = m.id AND b.state IN ('ready', 'leased')) named
    JOIN ({rules}) r ON r.id = named.id
    LEFT JOIN gone ON gone.id = ANY (r.gateways || r.fallbacks)
) x
JOIN gone said ON said.id = x.first
WHERE EXISTS (SELECT FROM gone)
  AND m.frozen_at IS NULL AND m.state = 'running' AND m.prepared_at IS NOT NULL AND m.kind <> 'direct' AND NOT x.goes_on
ORDER BY m.id
