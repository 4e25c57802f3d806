-- Webhook events of messages that name a person, by a number or by the client's id, among the next events by keyset. Takes
-- no lock (vestnik/clients/erased_events.py). One row comes back: the last id looked at (null: there is none left), and
-- the events that were found (null: none).
WITH piece AS MATERIALIZED (
    SELECT id FROM vestnik_webhook_event WHERE id > %(after)s AND id <= %(last)s ORDER BY id LIMIT %(most)s
)
SELECT max(p.id), array_agg(p.id) FILTER (WHERE e.data @> ANY (%(entries)s::jsonb[]))
FROM piece p LEFT JOIN vestnik_webhook_event e ON e.id = p.id AND e.type LIKE 'message.%%'
