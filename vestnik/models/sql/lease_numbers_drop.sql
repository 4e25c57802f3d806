-- The way back from lease_numbers.sql: earlier releases lease again. They need tokens that no lease had.
DROP FUNCTION vestnik_end_earlier_releases;
ALTER SEQUENCE IF EXISTS vestnik_lease_seq_before_gateways RENAME TO vestnik_lease_seq;
SELECT setval('vestnik_lease_seq', greatest((SELECT last_value FROM vestnik_lease_seq), (SELECT last_value FROM vestnik_lease_numbers)));
DROP SEQUENCE vestnik_lease_numbers;
