-- Mailings whose end passed before anybody could start them (the whole cluster was down): expired, with empty books.
UPDATE vestnik_mailing
SET state = 'expired', finished_at = clock_timestamp(), frozen_at = clock_timestamp(), version = version + 1,
    totals = '{{"queued":0,"sending":0,"sent":0,"delivered":0,"undelivered":0,"failed":0,"expired":0,"cancelled":0,"unknown":0}}'
WHERE state = 'scheduled' AND end_time <= clock_timestamp()
RETURNING id
