-- The messages to one phone, of the mailings before an id, the newest first. One look-up a mailing by the unique key
-- (mailing_id, phone): an index over all messages by phone would cost every message that is made.
--
-- So the number of mailings is limited, not only the number of messages: a thousand of them, some 3 ms. Mailings without
-- phones any more are left out. The first row is no message: it says where the search ended, and how many mailings it
-- looked through.
WITH looked AS MATERIALIZED (
    SELECT id FROM vestnik_mailing
    WHERE id < %(before)s AND started_at IS NOT NULL AND phones_erased_at IS NULL AND messages_dropped_at IS NULL
    ORDER BY id DESC LIMIT %(looked)s
), found AS (
    SELECT m.mailing_id, m.id, m.created_at, m.sent_at, m.outcome_at, m.state AS word, m.tries, m.code, m.detail, m.phone,
           (SELECT g.name FROM vestnik_gateway g WHERE g.id = m.gateway)
    FROM looked
    CROSS JOIN LATERAL (
        SELECT {message_now:l.at}, {gateway_of_any} AS gateway
        FROM vestnik_message m
        CROSS JOIN LATERAL (
            SELECT * FROM vestnik_batch x
            WHERE x.mailing_id = m.mailing_id AND x.first_id <= m.id ORDER BY x.first_id DESC LIMIT 1
        ) b
        CROSS JOIN LATERAL (SELECT {logged_at_in_any:b.id} AS at OFFSET 0) l
        WHERE m.mailing_id = looked.id AND m.phone = %(phone)s
    ) m
    ORDER BY m.mailing_id DESC LIMIT %(most)s
)
SELECT (SELECT min(id) FROM looked), (SELECT count(*) FROM looked),
       NULL::timestamptz, NULL::timestamptz, NULL::timestamptz, NULL::int, NULL::int, NULL, NULL, NULL::bigint, NULL
UNION ALL
(SELECT * FROM found ORDER BY mailing_id DESC)
