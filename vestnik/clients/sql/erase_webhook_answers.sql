-- Answers of webhooks that name one of the numbers, however it is written there. Reads the whole table, which holds the
-- last attempts of each endpoint.
UPDATE vestnik_webhook_attempt a SET answer = ''
WHERE EXISTS (
    SELECT FROM unnest(%(phones)s::bigint[]) AS phone
    WHERE regexp_replace(a.answer, '\D', '', 'g') LIKE '%%' || substr(phone::text, 2) || '%%'
)
