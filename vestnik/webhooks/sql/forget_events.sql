-- Events that nobody waits for any more, and what an endpoint that is disabled has not got for as long. A delivery that was
-- written, and not committed, while its endpoint was removed has nobody to go to: it would keep its event for ever.
WITH old AS (
    DELETE FROM vestnik_webhook_delivery d USING vestnik_webhook_endpoint e
    WHERE e.id = d.endpoint_id AND NOT e.enabled AND d.since < now() - make_interval(days => %(days)s)
), nobodys AS (
    DELETE FROM vestnik_webhook_delivery d
    WHERE NOT EXISTS (SELECT FROM vestnik_webhook_endpoint e WHERE e.id = d.endpoint_id)
)
DELETE FROM vestnik_webhook_event v
WHERE v.at < now() - make_interval(days => %(days)s)
  AND NOT EXISTS (SELECT FROM vestnik_webhook_delivery d WHERE d.event_id = v.id)
