-- Batches of mailings whose partition was dropped, some at a time: a hundred thousand in one statement would bloat.
DELETE FROM vestnik_batch WHERE id IN (
    SELECT b.id FROM vestnik_mailing m JOIN vestnik_batch b ON b.mailing_id = m.id
    WHERE m.messages_dropped_at IS NOT NULL
    LIMIT %(most)s
)
