-- Forgets an old request of this user with this key, then some older ones of anybody. The first may wait for another
-- request that is forgetting the same row. So it comes first (the count makes sure of that), while nothing is locked yet;
-- the sweep waits for nobody. Two requests then never wait for each other.
WITH own AS (
    DELETE FROM vestnik_rememberedrequest
    WHERE user_id = %(user)s AND key = %(key)s AND created_at < clock_timestamp() - make_interval(secs => %(seconds)s)
    RETURNING id
)
DELETE FROM vestnik_rememberedrequest WHERE id IN (
    SELECT id FROM vestnik_rememberedrequest
    WHERE (SELECT count(*) FROM own) >= 0 AND created_at < clock_timestamp() - make_interval(secs => %(swept_after)s)
    ORDER BY created_at LIMIT %(most)s
    FOR UPDATE SKIP LOCKED
)
