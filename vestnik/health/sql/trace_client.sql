-- The messages to a client's phone, of the newest mailings, by the unique key (mailing, phone): one look-up a mailing.
SELECT m.created_at, m.id, m.mailing_id, m.state, m.code, m.tries, m.sent_at
FROM (SELECT id FROM vestnik_mailing ORDER BY id DESC LIMIT %(most)s) x
CROSS JOIN LATERAL (SELECT * FROM vestnik_message WHERE mailing_id = x.id AND phone = %(phone)s) m
ORDER BY m.id
