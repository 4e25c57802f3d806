-- What count_outcomes.sql has counted for the batches of a mailing that have such messages now.
SELECT (o.item->>0)::int AS state, o.item->>1 AS code, sum((o.item->>2)::bigint)::bigint AS rows, max(o.item->>3) AS words
FROM vestnik_batch b
JOIN vestnik_batchoutcomes k ON k.batch_id = b.id
CROSS JOIN LATERAL jsonb_array_elements(k.outcomes) AS o (item)
WHERE b.mailing_id = %(mailing)s AND b.undelivered + b.failed + b.expired + b.cancelled + b.unknown > 0
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %(most)s
