-- Takes the next event of an endpoint: it is due again only when this attempt counts as lost, so a worker that dies
-- repeats it, with the same id. While an endpoint is down (failures in a row), one attempt at a time: whoever takes it
-- moves waits_until ahead.
WITH endpoint AS MATERIALIZED (
    SELECT id, url, secrets, before_until > now() AS two_secrets FROM vestnik_webhook_endpoint
    WHERE id = %(endpoint)s AND enabled AND (waits_until IS NULL OR waits_until <= now())
), next AS MATERIALIZED (
    SELECT d.endpoint_id, d.event_id FROM vestnik_webhook_delivery d
    WHERE d.endpoint_id = (SELECT id FROM endpoint) AND d.due_at <= now()
    ORDER BY d.due_at, d.event_id LIMIT 1
    FOR UPDATE SKIP LOCKED
), probing AS (
    UPDATE vestnik_webhook_endpoint SET waits_until = now() + make_interval(secs => %(lease)s)
    WHERE id = (SELECT endpoint_id FROM next) AND failures >= %(down_after)s
), taken AS (
    UPDATE vestnik_webhook_delivery d
    SET due_at = now() + make_interval(secs => %(lease)s), attempts = d.attempts + 1
    FROM next n WHERE d.endpoint_id = n.endpoint_id AND d.event_id = n.event_id
    RETURNING d.event_id, d.attempts, d.since
)
SELECT x.url, x.secrets, coalesce(x.two_secrets, false), t.event_id, t.attempts,
       extract(epoch FROM now() - t.since)::float8, e.uid, e.type, e.at, e.data
FROM taken t JOIN vestnik_webhook_event e ON e.id = t.event_id CROSS JOIN endpoint x
