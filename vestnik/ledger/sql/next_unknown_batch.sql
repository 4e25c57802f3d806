-- The next batch of a mailing that has unknown messages, locked.
SELECT id FROM vestnik_batch
WHERE mailing_id = %(mailing)s AND id > %(after)s AND unknown > 0
ORDER BY id LIMIT 1
FOR NO KEY UPDATE
