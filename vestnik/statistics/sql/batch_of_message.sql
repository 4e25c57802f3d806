-- The batch and the mailing of a single message.
SELECT b.id, b.mailing_id, coalesce(b.end_time, m.end_time)
FROM ({batch_of:%(message)s}) b
JOIN vestnik_mailing m ON m.id = b.mailing_id
WHERE m.kind = 'direct' AND m.hidden_at IS NULL
