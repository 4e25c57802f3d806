-- The types of names that clients get values of now. FOR SHARE: who changes a type waits for them, and then counts.
SELECT name, type FROM vestnik_attribute WHERE name = ANY (%(names)s) ORDER BY name FOR SHARE
