-- Shares of mailings that are over: weights divide fresh batches, and there are none any more. What is locked is in use. A rule
-- that was removed may still divide the batches that name it, so its shares go with their mailing.
DELETE FROM vestnik_routeshare WHERE (mailing_id, route_id, gateway_id) IN (
    SELECT s.mailing_id, s.route_id, s.gateway_id FROM vestnik_routeshare s
    WHERE NOT EXISTS (SELECT FROM vestnik_mailing m WHERE m.id = s.mailing_id AND m.frozen_at IS NULL)
    ORDER BY s.mailing_id, s.route_id, s.gateway_id
    FOR UPDATE SKIP LOCKED
)
