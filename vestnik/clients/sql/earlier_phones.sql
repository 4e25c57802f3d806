-- The numbers under which a client was written to and that belong to nobody else now. There is no index on client_id (it
-- would cost every audience), so this reads all messages once; it runs before anything is locked.
SELECT DISTINCT m.phone
FROM vestnik_message m
WHERE m.client_id = %(client)s AND m.phone > 0
  AND NOT EXISTS (SELECT FROM vestnik_client c WHERE c.phone_number = m.phone)
