-- Before the batches of some mailings are deleted: what each gateway did goes into the frozen totals, and the parts that it
-- took beyond those of the mailing's text (count_parts.sql).
UPDATE vestnik_mailing m
SET totals = m.totals || jsonb_build_object('gateways', (
    SELECT jsonb_agg(jsonb_build_object('gateway', s.gateway, {counters:'*', s.*}, 'extra_parts', coalesce(
        (SELECT sum((e.item->>1)::bigint)
         FROM vestnik_batch b
         JOIN vestnik_batchparts k ON k.batch_id = b.id
         CROSS JOIN LATERAL jsonb_array_elements(k.extra) AS e (item)
         WHERE b.mailing_id = m.id AND (e.item->>0)::int = s.gateway), 0)))
    FROM (SELECT p.gateway, {counters:sum(p.*) AS *} FROM ({gateway_parts}) p GROUP BY p.gateway) s
))
WHERE m.id >= %(first)s AND m.id < %(beyond)s AND m.totals IS NOT NULL
  AND EXISTS (SELECT FROM vestnik_batch b WHERE b.mailing_id = m.id)
