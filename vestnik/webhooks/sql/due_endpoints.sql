-- The endpoints that have something to be delivered now. One row each, so the number of waiting events does not matter.
SELECT e.id FROM vestnik_webhook_endpoint e
WHERE e.enabled AND (e.waits_until IS NULL OR e.waits_until <= now())
  AND EXISTS (SELECT FROM vestnik_webhook_delivery d WHERE d.endpoint_id = e.id AND d.due_at <= now())
ORDER BY e.id
