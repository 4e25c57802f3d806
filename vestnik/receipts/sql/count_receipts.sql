-- Counts receipts by gateway and by what came of them.
INSERT INTO vestnik_receiptcount AS c (gateway_id, kind, count, last_at)
SELECT g.gateway_id, g.kind, g.count, clock_timestamp()
FROM unnest(%(gateway)s::smallint[], %(kind)s::text[], %(count)s::bigint[]) AS g (gateway_id, kind, count)
ORDER BY g.gateway_id, g.kind
ON CONFLICT (gateway_id, kind) DO UPDATE SET count = c.count + excluded.count, last_at = excluded.last_at
