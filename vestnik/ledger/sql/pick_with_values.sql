-- The next clients of a personal mailing's audience, with the values that its text names: columns as arrays, which psycopg
-- makes in C. They are rendered, and then written as they were picked here (given_clients.sql): what Python does not look
-- at goes back in the form in which it came ({as_read}).
WITH {clients}
SELECT (SELECT max({position}) FROM {looked_at}), (SELECT count(*) FROM {looked_at}),
       array_agg(id){as_read}, array_agg(phone_number){as_read}, array_agg(timezone){as_read}, array_agg(mobile_operator_code){as_read}, array_agg(stopped){values_as_arrays}
FROM picked
