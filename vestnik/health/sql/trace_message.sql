-- A message by its id alone, with its batch. No index begins with a message's id (the key is mailing and id), but batches
-- say which ids are whose: all of them are looked at (100,000 batches of 100 million messages: 20 ms), then one key.
SELECT m.id, m.mailing_id, m.client_id, m.phone, m.created_at, m.sent_at, m.not_before, m.tries, m.in_doubt, m.recalled,
       m.code, m.detail, m.state,
       b.id, b.state, b.attempt, b.retries, b.due_at, b.lease_holder, b.leased_at, b.lease_expires_at
FROM vestnik_batch b
CROSS JOIN LATERAL (
    SELECT {message_now:l.at}
    FROM vestnik_message m CROSS JOIN LATERAL (SELECT {logged_at_in_any:b.id} AS at OFFSET 0) l
    WHERE m.mailing_id = b.mailing_id AND m.id = %(message)s
) m
WHERE b.first_id <= %(message)s AND b.last_id >= %(message)s
