-- The messages to a client's phone, of the newest mailings, by the unique key (mailing, phone): one look-up a mailing.
SELECT m.created_at, m.id, m.mailing_id, m.state, m.code, m.tries, m.sent_at
FROM (SELECT id FROM vestnik_mailing ORDER BY id DESC LIMIT %(most)s) x
CROSS JOIN LATERAL (
    SELECT {message_now:l.at}
    FROM vestnik_message m
    CROSS JOIN LATERAL (
        SELECT * FROM vestnik_batch y
        WHERE y.mailing_id = m.mailing_id AND y.first_id <= m.id ORDER BY y.first_id DESC LIMIT 1
    ) b
    CROSS JOIN LATERAL (SELECT {logged_at_in_any:b.id} AS at OFFSET 0) l
    WHERE m.mailing_id = x.id AND m.phone = %(phone)s
) m
ORDER BY m.id
