-- Erases one client from the messages to numbers that are somebody else's now: the client's id and the values of the text. The
-- number stays, it is the other person's. Messages to that person under the same number stay as they are. Found mailing
-- by mailing by the unique key (mailing_id, phone). Runs after recall.sql in the same transaction, as erase_messages.sql does.
UPDATE vestnik_message m
SET client_id = 0, field_values = NULL, recalled = coalesce(m.recalled, 'client_deleted')
FROM (
    SELECT x.mailing_id, x.id
    FROM vestnik_mailing every
    CROSS JOIN LATERAL (
        SELECT mailing_id, id FROM vestnik_message
        WHERE mailing_id = every.id AND phone = ANY (%(phones)s::bigint[]) AND client_id = %(client)s
    ) x
    WHERE every.started_at IS NOT NULL AND every.phones_erased_at IS NULL AND every.messages_dropped_at IS NULL
) found
WHERE m.mailing_id = found.mailing_id AND m.id = found.id
