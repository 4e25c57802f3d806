-- The ids of all mailings, for a check of them all.
SELECT id FROM vestnik_mailing ORDER BY id
