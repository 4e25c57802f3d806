-- What count_parts.sql has counted for the batches of one mailing, by gateway; once they are deleted, what was kept of it.
SELECT (e.item->>0)::int, sum((e.item->>1)::bigint)::bigint
FROM (
    SELECT jsonb_array_elements(k.extra) AS item
    FROM vestnik_batch b JOIN vestnik_batchparts k ON k.batch_id = b.id
    WHERE b.mailing_id = %(mailing)s
    UNION ALL
    SELECT jsonb_build_array(g.item->'gateway', coalesce(g.item->'extra_parts', '0'))
    FROM vestnik_mailing m CROSS JOIN LATERAL jsonb_array_elements(m.totals->'gateways') AS g (item)
    WHERE m.id = %(mailing)s AND g.item->>'gateway' IS NOT NULL
      AND NOT EXISTS (SELECT FROM vestnik_batch b WHERE b.mailing_id = m.id)
) e
GROUP BY 1
