-- The messages of a leased batch that are still to be sent. A Retry-After that has not passed holds its message back.
SELECT id, phone, answers, in_doubt
FROM vestnik_message
WHERE mailing_id = %(mailing)s AND id BETWEEN %(first)s AND %(last)s AND state = 0
  AND (not_before IS NULL OR not_before <= %(leased_at)s)
ORDER BY id
