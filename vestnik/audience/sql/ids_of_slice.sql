-- The first clients of a slice that match and are not on the stop list.
SELECT c.id FROM {clients}
WHERE {in_slice} {file:matches}
  AND NOT EXISTS (SELECT FROM vestnik_stoppedphone s WHERE s.phone_number = c.phone_number)
ORDER BY {place} LIMIT %(most)s
