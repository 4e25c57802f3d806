-- Phones enter the list; those that are on it stay as they are. Gives back the new ones.
INSERT INTO vestnik_stoppedphone (phone_number, reason, created_at, created_by_id, created_by_name)
SELECT phone, %(reason)s, now(), %(actor)s, %(actor_name)s
FROM unnest(%(phones)s::bigint[]) WITH ORDINALITY AS p (phone, place)
ORDER BY place
ON CONFLICT (phone_number) DO NOTHING
RETURNING id, phone_number
