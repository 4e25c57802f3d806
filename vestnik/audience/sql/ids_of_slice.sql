-- The first clients of a range of ids that match and are not on the stop list.
SELECT c.id FROM vestnik_client c
WHERE c.id >= %(first)s AND c.id < %(beyond)s AND {file:matches}
  AND NOT EXISTS (SELECT FROM vestnik_stoppedphone s WHERE s.phone_number = c.phone_number)
ORDER BY c.id LIMIT %(most)s
