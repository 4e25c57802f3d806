-- The mailings in a range of ids with batches whose receipts are not counted, or were counted at other counters
-- (count_delivery.sql).
SELECT DISTINCT b.mailing_id
FROM vestnik_batch b
LEFT JOIN vestnik_batchdelivery d ON d.batch_id = b.id
WHERE b.mailing_id >= %(first)s AND b.mailing_id < %(beyond)s
  AND (b.delivered + b.undelivered > 0 OR d.batch_id IS NOT NULL)
  AND d.stamp IS DISTINCT FROM ARRAY[b.delivered, b.undelivered]
ORDER BY b.mailing_id
