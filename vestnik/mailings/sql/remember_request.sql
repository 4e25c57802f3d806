-- Claims an idempotency key. ON CONFLICT waits for a transaction that has claimed it and not ended yet, so of any number
-- of simultaneous requests one gets a row back.
INSERT INTO vestnik_rememberedrequest (user_id, key, body_digest, created_at)
VALUES (%(user)s, %(key)s, %(digest)s, clock_timestamp())
ON CONFLICT (user_id, key) DO NOTHING
RETURNING id
