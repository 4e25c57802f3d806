-- What a provider calls a message, part by part, and what its receipts said of each; and receipts of it that wait or could not
-- be applied, also those that nobody has looked at yet. Those that were applied are deleted: their message's state says what they said.
SELECT NULL::timestamptz AS at, g.name, p.provider_id, p.part::int AS part, p.fate, coalesce(p.operator, ''), '' AS verdict, '' AS words
FROM vestnik_provider_message p LEFT JOIN vestnik_gateway g ON g.id = p.gateway_id
WHERE p.mailing_id = %(mailing)s AND p.message_id = %(message)s
UNION ALL
SELECT r.received_at, g.name, r.provider_id, NULL, r.fate, coalesce(r.operator, ''),
       CASE WHEN r.verdict = '' THEN 'waits' ELSE r.verdict END, concat_ws(' ', nullif(r.code, ''), nullif(r.words, ''))
FROM vestnik_receipt r LEFT JOIN vestnik_gateway g ON g.id = r.gateway_id
WHERE r.message_id = %(message)s OR (r.gateway_id, r.provider_id) IN (
    SELECT p.gateway_id, p.provider_id FROM vestnik_provider_message p
    WHERE p.mailing_id = %(mailing)s AND p.message_id = %(message)s)
UNION ALL
SELECT b.received_at, g.name, r.provider_id, NULL, r.fate, coalesce(r.operator, ''), 'waits', concat_ws(' ', nullif(r.code, ''), nullif(r.words, ''))
FROM vestnik_receipt_body b
CROSS JOIN LATERAL unnest(b.provider_ids, b.message_ids, b.fates, b.codes, b.words, b.operators)
    AS r (provider_id, message_id, fate, code, words, operator)
LEFT JOIN vestnik_gateway g ON g.id = b.gateway_id
WHERE r.message_id = %(message)s OR (b.gateway_id, r.provider_id) IN (
    SELECT p.gateway_id, p.provider_id FROM vestnik_provider_message p
    WHERE p.mailing_id = %(mailing)s AND p.message_id = %(message)s)
ORDER BY 1 NULLS LAST, 4
LIMIT 100
