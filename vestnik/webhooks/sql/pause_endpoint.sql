-- Nothing is sent to it for a while.
UPDATE vestnik_webhook_endpoint SET waits_until = now() + make_interval(secs => %(seconds)s)
WHERE id = %(endpoint)s
