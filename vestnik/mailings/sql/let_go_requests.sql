-- Nothing came of these requests, which were claimed in this transaction: their keys are free again.
DELETE FROM vestnik_rememberedrequest r
USING unnest(%(users)s::bigint[], %(keys)s::text[]) AS g (user_id, key)
WHERE r.user_id = g.user_id AND r.key = g.key
