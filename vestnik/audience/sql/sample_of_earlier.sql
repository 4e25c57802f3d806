-- Some clients that a mailing to phones of an earlier one would go to: those of its first such messages.
SELECT c.phone_number, c.mobile_operator_code, c.tag, c.timezone
FROM ({file:of_earlier}) e
JOIN vestnik_client c ON c.phone_number = e.phone
WHERE {file:matches} AND NOT EXISTS (SELECT FROM vestnik_stoppedphone s WHERE s.phone_number = c.phone_number)
LIMIT %(most)s
