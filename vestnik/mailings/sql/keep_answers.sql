-- The answers to requests that were claimed in this transaction.
UPDATE vestnik_rememberedrequest r SET answer = g.answer
FROM unnest(%(users)s::bigint[], %(keys)s::text[], %(answers)s::jsonb[]) AS g (user_id, key, answer)
WHERE r.user_id = g.user_id AND r.key = g.key
