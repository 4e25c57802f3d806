-- How many messages of mailing m are in each state, by gateway; null: over none, that is queued, expired or cancelled. A
-- batch names the gateway that it goes over now; what others did of it before stands beside it. Batches from before there
-- were several went over the default one (1). Many rows, to be added up.
SELECT coalesce(b.gateway_id, 1) AS gateway, 0 AS queued, b.sending, b.sent, b.delivered, b.undelivered, b.failed,
       0 AS expired, 0 AS cancelled, b.unknown
FROM vestnik_batch b WHERE b.mailing_id = m.id
UNION ALL
SELECT coalesce(b.gateway_id, 1), 0, 0, -o.sent, -o.delivered, -o.undelivered, -o.failed, 0, 0, -o.unknown
FROM vestnik_batchgateway o JOIN vestnik_batch b ON b.id = o.batch_id WHERE o.mailing_id = m.id
UNION ALL
SELECT o.gateway_id, 0, 0, o.sent, o.delivered, o.undelivered, o.failed, 0, 0, o.unknown
FROM vestnik_batchgateway o WHERE o.mailing_id = m.id
UNION ALL
SELECT NULL, b.queued, 0, 0, 0, 0, 0, b.expired, b.cancelled, 0 FROM vestnik_batch b WHERE b.mailing_id = m.id
