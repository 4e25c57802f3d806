-- What the gateway calls messages, with which receipts come: a row for each part, also for one without a name (empty), so that
-- it is known that the others are not all. A message that was sent again has the names of the last time. A flush that is repeated
-- changes nothing.
INSERT INTO vestnik_provider_message AS p (mailing_id, message_id, gateway_id, part, provider_id, operator)
SELECT mailing, message, %(gateway)s, part, provider_id, operator
FROM unnest(%(mailing)s::bigint[], %(message)s::bigint[], %(part)s::smallint[], %(provider_id)s::text[], %(operator)s::text[])
    AS n (mailing, message, part, provider_id, operator)
ON CONFLICT (mailing_id, message_id, gateway_id, part) DO UPDATE
SET provider_id = excluded.provider_id, operator = excluded.operator, fate = NULL
WHERE p.provider_id <> excluded.provider_id
