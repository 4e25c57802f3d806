-- Some batches of the first mailing that has something in the log: 200 are 200,000 messages at most, a few seconds.
SELECT DISTINCT l.mailing_id, l.batch_id
FROM vestnik_outcome_log l
WHERE l.mailing_id = (SELECT mailing_id FROM vestnik_outcome_log ORDER BY mailing_id LIMIT 1)
ORDER BY l.batch_id
LIMIT 200
