-- The next attempt of an event that did not arrive.
UPDATE vestnik_webhook_delivery SET due_at = now() + make_interval(secs => %(after)s)
WHERE endpoint_id = %(endpoint)s AND event_id = %(event)s AND attempts = %(attempts)s
