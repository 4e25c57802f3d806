-- One more failure in a row. Gives back how many, and the seconds since the first.
UPDATE vestnik_webhook_endpoint
SET failures = failures + 1, failing_since = coalesce(failing_since, now())
WHERE id = %(endpoint)s
RETURNING failures, extract(epoch FROM now() - failing_since)::float8
