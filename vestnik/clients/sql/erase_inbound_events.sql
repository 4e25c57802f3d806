-- Webhook events of what a person wrote to us are deleted, with their deliveries. They are few and small, beside those of
-- messages, whose data lies outside of the table's pages and is not read.
WITH gone AS (
    DELETE FROM vestnik_webhook_event
    WHERE type = 'inbound.received' AND data ->> 'phone_number' = ANY (%(phones)s::text[])
    RETURNING id
), undelivered AS (
    DELETE FROM vestnik_webhook_delivery d USING gone WHERE d.event_id = gone.id
)
SELECT count(*) FROM gone
