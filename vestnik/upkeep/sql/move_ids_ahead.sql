-- Ids are never used again, not even those that were given out after the backup: a gateway that remembers ids would answer
-- 200 and send nothing. Nobody draws a million ids a second, so all that were ever drawn lie below. Fencing tokens jump,
-- too: a dispatcher of the lost time must not hold one that is given out again.
SELECT setval('vestnik_message_id_seq',
              greatest((SELECT last_value FROM vestnik_message_id_seq),
                       (extract(epoch FROM clock_timestamp())::bigint - 1700000000) * 1000000)),
       setval('vestnik_lease_numbers', (SELECT last_value FROM vestnik_lease_numbers) + 1000000000)
