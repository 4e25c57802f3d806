-- Earlier days' mailings of single messages are whole: they finish when their messages are done. The caller has the lock of
-- the day alone, so no request is adding to one.
UPDATE vestnik_mailing
SET prepared_at = clock_timestamp(), version = version + 1
WHERE frozen_at IS NULL AND kind = 'direct' AND prepared_at IS NULL
  AND start_time < date_trunc('day', clock_timestamp(), %(zone)s)
RETURNING id
