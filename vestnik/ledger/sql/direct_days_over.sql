-- Is there a mailing of an earlier day's single messages that still takes new ones?
SELECT id FROM vestnik_mailing
WHERE frozen_at IS NULL AND kind = 'direct' AND prepared_at IS NULL
  AND start_time < date_trunc('day', clock_timestamp(), %(zone)s)
LIMIT 1
