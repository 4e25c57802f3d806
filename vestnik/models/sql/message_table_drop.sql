-- The way back from message_table.sql.
DELETE FROM vestnik_gatewaystate;
DROP SEQUENCE vestnik_lease_token_seq;
DROP TABLE vestnik_message;
DROP FUNCTION vestnik_ensure_message_partition(bigint);
DROP SEQUENCE vestnik_message_id_seq;
