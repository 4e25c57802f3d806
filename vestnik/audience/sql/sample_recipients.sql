-- Some clients that a mailing would go to, from an id on, and from the first one where those end: the second half is only
-- looked at when the first has too few. In order of ids, so that a frequent match is found after a few rows.
(SELECT c.phone_number, c.mobile_operator_code, c.tag, c.timezone FROM vestnik_client c
 WHERE c.id >= %(first)s AND {file:matches}
   AND NOT EXISTS (SELECT FROM vestnik_stoppedphone s WHERE s.phone_number = c.phone_number)
 ORDER BY c.id LIMIT %(most)s)
UNION ALL
(SELECT c.phone_number, c.mobile_operator_code, c.tag, c.timezone FROM vestnik_client c
 WHERE c.id < %(first)s AND {file:matches}
   AND NOT EXISTS (SELECT FROM vestnik_stoppedphone s WHERE s.phone_number = c.phone_number)
 ORDER BY c.id LIMIT %(most)s)
LIMIT %(most)s
