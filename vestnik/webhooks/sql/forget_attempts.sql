-- All attempts of an endpoint but the last few, and those of endpoints that are gone.
DELETE FROM vestnik_webhook_attempt a
WHERE a.id < coalesce((
    SELECT k.id FROM vestnik_webhook_attempt k JOIN vestnik_webhook_endpoint e ON e.id = k.endpoint_id
    WHERE k.endpoint_id = a.endpoint_id ORDER BY k.id DESC OFFSET %(kept)s - 1 LIMIT 1
), CASE WHEN EXISTS (SELECT FROM vestnik_webhook_endpoint e WHERE e.id = a.endpoint_id) THEN 0 ELSE a.id + 1 END)
