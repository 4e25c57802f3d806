-- Makes deliveries again of the events of a period that the endpoint wants. What still waits is due now.
INSERT INTO vestnik_webhook_delivery (endpoint_id, event_id, due_at, attempts, since)
SELECT p.id, e.id, now(), 0, now()
FROM vestnik_webhook_endpoint p JOIN vestnik_webhook_event e ON e.type = ANY (p.event_types)
WHERE p.id = %(endpoint)s AND e.at >= %(first)s AND e.at < %(last)s
ON CONFLICT (endpoint_id, event_id) DO UPDATE SET due_at = now(), attempts = 0, since = now()
