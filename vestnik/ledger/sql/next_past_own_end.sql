-- A ready batch of single messages that is past its own end, while its mailing goes on. The same columns as in
-- next_batch_to_settle.sql, which finds those of mailings that are over.
SELECT b.id, b.mailing_id, b.first_id, b.last_id, false,
       coalesce((SELECT asked_at <= b.end_time AND asked_until >= b.end_time FROM vestnik_gatewaystate WHERE id = coalesce(b.gateway_id, 1)), false),
       NULL, NULL::time, NULL::time, b.end_time
FROM vestnik_batch b
WHERE b.state = 'ready' AND b.end_time <= clock_timestamp()
  AND EXISTS (SELECT FROM vestnik_mailing m WHERE m.id = b.mailing_id AND m.state IN ('running', 'paused'))
ORDER BY b.end_time LIMIT 1
FOR UPDATE OF b SKIP LOCKED
