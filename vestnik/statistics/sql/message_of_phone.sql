-- The one message of a mailing to a phone, by the unique key (mailing_id, phone).
SELECT m.id, m.created_at, m.sent_at, m.outcome_at, m.state AS word, m.tries, m.code, m.detail, c.id AS client, m.phone,
       (SELECT g.name FROM vestnik_gateway g WHERE g.id = m.gateway), m.parts
FROM (
    SELECT {message_now:l.at}, {gateway_of_one} AS gateway, {parts_now} AS parts
    FROM vestnik_message m
    CROSS JOIN LATERAL (
        SELECT * FROM vestnik_batch x
        WHERE x.mailing_id = %(mailing)s AND x.first_id <= m.id ORDER BY x.first_id DESC LIMIT 1
    ) b
    CROSS JOIN LATERAL (SELECT {logged_at:b.id} AS at OFFSET 0) l
    WHERE m.mailing_id = %(mailing)s AND m.phone = %(phone)s
) m
LEFT JOIN vestnik_client c ON c.id = m.client_id
WHERE (%(all)s OR m.state = ANY (%(states)s)) AND (%(code)s::text IS NULL OR coalesce(m.code, '') = %(code)s)
