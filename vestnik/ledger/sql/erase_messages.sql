-- The numbers, and texts of their own, are erased in every message to them: -id stands for "erased" (the table's check says so). Found mailing by
-- mailing by the unique key (mailing_id, phone). Runs after recall.sql in the same transaction: what was queued is cancelled,
-- and what may be on the network keeps its row, whose outcome is recorded by id.
UPDATE vestnik_message m
SET phone = -m.id, client_id = 0, field_values = NULL, recalled = coalesce(m.recalled, 'client_deleted')
FROM (
    SELECT x.mailing_id, x.id
    FROM vestnik_mailing every
    CROSS JOIN LATERAL (
        SELECT mailing_id, id FROM vestnik_message
        WHERE mailing_id = every.id AND phone = ANY (%(phones)s::bigint[])
    ) x
    WHERE every.started_at IS NOT NULL AND every.phones_erased_at IS NULL AND every.messages_dropped_at IS NULL
) found
WHERE m.mailing_id = found.mailing_id AND m.id = found.id
