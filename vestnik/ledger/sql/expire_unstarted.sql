-- Mailings whose end passed before anybody could start them (the whole cluster was down): expired, with empty totals.
UPDATE vestnik_mailing
SET state = 'expired', finished_at = clock_timestamp(), frozen_at = clock_timestamp(), version = version + 1,
    totals = '{{{counters:"*":0}}}'
WHERE state = 'scheduled' AND end_time <= clock_timestamp()
RETURNING id
