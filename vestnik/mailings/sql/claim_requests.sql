-- Claims the idempotency keys of several requests (remember_request.sql), and forgets some old requests of anybody: more than
-- it adds, so that they never pile up. A key that is taken gives no row, also when its request is old: that one is forgotten
-- by itself (forget_requests.sql). In the order of the keys, so that two processes never wait for each other;
-- of one key the first request's body is kept, for that one is sent.
WITH swept AS (
    DELETE FROM vestnik_rememberedrequest WHERE id IN (
        SELECT id FROM vestnik_rememberedrequest
        WHERE created_at < clock_timestamp() - make_interval(secs => %(swept_after)s)
        ORDER BY created_at LIMIT %(most)s
        FOR UPDATE SKIP LOCKED
    )
)
INSERT INTO vestnik_rememberedrequest (user_id, key, body_digest, created_at)
SELECT g.user_id, g.key, g.digest, clock_timestamp()
FROM unnest(%(users)s::bigint[], %(keys)s::text[], %(digests)s::text[]) WITH ORDINALITY AS g (user_id, key, digest, place)
ORDER BY g.user_id, g.key, g.place
ON CONFLICT (user_id, key) DO NOTHING
RETURNING user_id, key
