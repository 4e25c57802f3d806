-- The mailings that hold today's single messages, in the order in which they were made. Out of a backup one holds what may
-- have been sent since: new messages get another.
SELECT id FROM vestnik_mailing
WHERE frozen_at IS NULL AND kind = 'direct' AND prepared_at IS NULL AND restored_at IS NULL
  AND state IN ('running', 'paused') AND start_time >= date_trunc('day', clock_timestamp(), %(zone)s)
ORDER BY id
