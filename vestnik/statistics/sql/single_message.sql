-- One message by its mailing and id, with its own text, over which gateway it went, and its end.
SELECT m.id, m.created_at, m.sent_at, m.outcome_at, m.state AS word, m.tries, m.code, m.detail, c.id AS client, m.phone,
       g.name, m.parts, m.text, m.reference, m.end_time
FROM (
    SELECT {message_now:l.at}, m.field_values->>'text' AS text, m.field_values->>'reference' AS reference,
           (m.field_values->>'end')::timestamptz AS end_time, {gateway_of_one} AS gateway, {parts_now} AS parts
    FROM vestnik_message m
    CROSS JOIN LATERAL (SELECT * FROM vestnik_batch x WHERE x.id = %(batch)s) b
    CROSS JOIN LATERAL (SELECT {logged_at:b.id} AS at OFFSET 0) l
    WHERE m.mailing_id = %(mailing)s AND m.id = %(message)s
) m
LEFT JOIN vestnik_client c ON c.id = m.client_id
LEFT JOIN vestnik_gateway g ON g.id = m.gateway
