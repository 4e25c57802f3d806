-- How many clients a mailing would go to, by operator code and time zone: one pass over those who match, in parallel
-- where they are many. Phones on the stop list are counted apart. ``in_slice`` is empty, or a range of ids and AND.
SELECT mobile_operator_code, timezone, count(*) FILTER (WHERE NOT stopped), count(*) FILTER (WHERE stopped)
FROM (
    SELECT c.mobile_operator_code, c.timezone, s.phone_number IS NOT NULL AS stopped
    FROM {clients}
    LEFT JOIN vestnik_stoppedphone s ON s.phone_number = c.phone_number
    WHERE {in_slice} {file:matches}
) AS matching
GROUP BY mobile_operator_code, timezone
