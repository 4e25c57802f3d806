-- What an event tells of messages: no phone where it was erased (it is negative), no client where none is known (0), and no code
-- where the message has come to something else since: the row has the code of that. The key (mailing_id, id) is walked for each: ids are as many as an event has.
SELECT m.id, CASE WHEN m.client_id <> 0 THEN m.client_id END, CASE WHEN m.phone > 0 THEN m.phone::text END,
    CASE WHEN %(state)s = {SENT} THEN '0' WHEN m.state = %(state)s THEN coalesce(m.code, '') END
FROM unnest((SELECT %(ids)s::bigint[])) AS i (id)
JOIN vestnik_message m ON m.mailing_id = %(mailing)s AND m.id = i.id
ORDER BY m.id
