-- How many clients of a range of ids match, and how many more are on the stop list.
SELECT count(*) FILTER (WHERE NOT stopped), count(*) FILTER (WHERE stopped)
FROM (
    SELECT s.phone_number IS NOT NULL AS stopped FROM vestnik_client c
    LEFT JOIN vestnik_stoppedphone s ON s.phone_number = c.phone_number
    WHERE c.id >= %(first)s AND c.id < %(beyond)s AND {file:matches}
) AS matching
