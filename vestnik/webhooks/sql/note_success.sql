-- The endpoint answers. If it was down, what waits for another try is due now.
WITH back AS (
    UPDATE vestnik_webhook_endpoint e SET failures = 0, failing_since = NULL, waits_until = NULL
    FROM (SELECT id, failures FROM vestnik_webhook_endpoint WHERE id = %(endpoint)s AND failures > 0 FOR UPDATE) was
    WHERE e.id = was.id
    RETURNING e.id, was.failures
)
UPDATE vestnik_webhook_delivery d SET due_at = now()
FROM back b WHERE d.endpoint_id = b.id AND b.failures >= %(down_after)s AND d.due_at > now() AND d.event_id <> %(event)s
