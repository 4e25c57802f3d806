-- Clients by their ids, in the order in which they were found.
SELECT c.phone_number, c.mobile_operator_code, c.tag, c.timezone
FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS found (id, place) JOIN vestnik_client c ON c.id = found.id
ORDER BY found.place
