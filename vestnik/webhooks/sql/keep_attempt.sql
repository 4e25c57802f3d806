-- For people who look why something did not arrive.
INSERT INTO vestnik_webhook_attempt (endpoint_id, event_uid, event_type, at, status, error, answer, milliseconds)
VALUES (%(endpoint)s, %(uid)s, %(kind)s, now(), %(status)s, %(error)s, %(answer)s, %(milliseconds)s)
RETURNING id
