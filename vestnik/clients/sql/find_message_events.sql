-- Webhook events that name a person, of those up to an id: by a number, or by the client's id. Reads the events of
-- messages of the last week, which are all that are kept, without a lock (vestnik/clients/erased_events.py).
SELECT id FROM vestnik_webhook_event
WHERE type LIKE 'message.%%' AND id <= %(last)s AND data @> ANY (%(entries)s::jsonb[])
