-- Takes a person out of webhook events of messages: those that were found, and those that were written since. An entry
-- keeps the id of its message, its state and code, as an event that is written after the erasure has them. An earlier
-- number that is somebody else's now stays, it is the other person's. The client's own row is deleted by now.
UPDATE vestnik_webhook_event e
SET data = jsonb_set(e.data, '{{messages}}', (
    SELECT jsonb_agg(CASE
        WHEN m.entry ->> 'phone_number' = ANY (%(phones)s::text[]) THEN m.entry || '{{"client": null, "phone_number": null}}'
        WHEN m.entry ->> 'client' <> %(client)s::text THEN m.entry
        WHEN m.entry ->> 'client' IS NULL OR %(client)s::text IS NULL THEN m.entry
        WHEN EXISTS (SELECT FROM vestnik_client c WHERE c.phone_number = (m.entry ->> 'phone_number')::bigint)
            THEN m.entry || '{{"client": null}}'
        ELSE m.entry || '{{"client": null, "phone_number": null}}'
    END ORDER BY m.place)
    FROM jsonb_array_elements(e.data -> 'messages') WITH ORDINALITY AS m (entry, place)
))
WHERE e.type LIKE 'message.%%' AND (e.id = ANY (%(found)s::bigint[]) OR e.id > %(last)s)
  AND e.data @> ANY (%(entries)s::jsonb[])
