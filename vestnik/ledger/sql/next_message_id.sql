-- Takes an id from the sequence of messages, which gives none twice: the gateway may remember the ids it has seen.
SELECT nextval('vestnik_message_id_seq')
