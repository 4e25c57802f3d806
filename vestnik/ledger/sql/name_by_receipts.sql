-- Keeps what a gateway calls messages, where a receipt is the first to say so: it named our id as well. A message that has names
-- there keeps them: they are those of its last attempt, and of all of its parts. The locks of lock_for_receipts.sql are held, as
-- by a flush, so no name comes between.
INSERT INTO vestnik_provider_message (mailing_id, message_id, gateway_id, part, provider_id, operator)
SELECT n.mailing, n.message, %(gateway)s, n.part, n.provider_id, n.operator
FROM unnest(%(mailing)s::bigint[], %(message)s::bigint[], %(part)s::smallint[], %(provider_id)s::text[], %(operator)s::text[])
    AS n (mailing, message, part, provider_id, operator)
WHERE NOT EXISTS (
    SELECT FROM vestnik_provider_message p
    WHERE p.mailing_id = n.mailing AND p.message_id = n.message AND p.gateway_id = %(gateway)s
)
ON CONFLICT DO NOTHING
