-- The messages of a leased batch that are still to be sent. A Retry-After that has not passed holds its message back.
-- The stop list is looked at once more, for whatever came onto it past its own door; 1,000 look-ups in an index of a
-- few pages. What is recalled or stopped is cancelled by the claim that reads this (withdraw.sql), and never held.
SELECT id, phone, answers, in_doubt,
       recalled IS NOT NULL OR EXISTS (SELECT FROM vestnik_stoppedphone s WHERE s.phone_number = phone) AS stopped
FROM vestnik_message
WHERE mailing_id = %(mailing)s AND id BETWEEN %(first)s AND %(last)s AND state = 0
  AND (not_before IS NULL OR not_before <= %(leased_at)s)
ORDER BY id
