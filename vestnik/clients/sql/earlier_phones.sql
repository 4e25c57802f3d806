-- The numbers under which a client was written to, and whether each is another client's now. There is no index on client_id
-- (it would cost every audience), so this reads all messages once; it runs before anything is locked.
SELECT DISTINCT m.phone, EXISTS (SELECT FROM vestnik_client c WHERE c.phone_number = m.phone AND c.id <> %(client)s)
FROM vestnik_message m
WHERE m.client_id = %(client)s AND m.phone > 0
