-- The mailings whose audience is not whole yet; single messages have none. Paused ones are built, too: a pause stops sending, not accounting.
-- One whose text could not be read waits until it is resumed, or until its end, when it must be settled.
SELECT id FROM vestnik_mailing
WHERE frozen_at IS NULL AND prepared_at IS NULL AND kind = 'bulk' AND state IN ('running', 'paused')
  AND (pause_code <> 'wrong_text' OR end_time <= now())
ORDER BY id
