-- As count.sql, but of all operator codes and time zones together.
SELECT NULL, NULL, count(*) FILTER (WHERE NOT stopped), count(*) FILTER (WHERE stopped)
FROM (
    SELECT s.phone_number IS NOT NULL AS stopped
    FROM {clients}
    LEFT JOIN vestnik_stoppedphone s ON s.phone_number = c.phone_number
    WHERE {in_slice} {file:matches}
) AS matching
