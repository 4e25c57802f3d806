-- The mailings whose audience is not whole yet. Paused ones are built, too: a pause stops sending, not accounting.
SELECT id FROM vestnik_mailing
WHERE frozen_at IS NULL AND prepared_at IS NULL AND state IN ('running', 'paused')
ORDER BY id
