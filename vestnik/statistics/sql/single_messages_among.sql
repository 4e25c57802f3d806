-- Which of these ids are those of single messages that are still there.
SELECT asked.id
FROM unnest(%(ids)s::bigint[]) AS asked (id)
CROSS JOIN LATERAL ({batch_of:asked.id}) b
JOIN vestnik_mailing m ON m.id = b.mailing_id
WHERE m.kind = 'direct' AND m.hidden_at IS NULL
