-- Each endpoint, and how long the first of the events that wait for it has waited, in seconds. One look-up by the key for
-- each: events are made in the order of their ids, and only a replay mixes up how long they have waited.
SELECT e.id, e.url, e.description, e.enabled, e.disabled_code, e.disabled_at, e.failing_since,
       CASE WHEN e.enabled THEN greatest(0, extract(epoch FROM clock_timestamp() - d.since))::float8 END
FROM vestnik_webhook_endpoint e
LEFT JOIN LATERAL (
    SELECT x.since FROM vestnik_webhook_delivery x WHERE x.endpoint_id = e.id ORDER BY x.event_id LIMIT 1
) d ON true
ORDER BY e.id
