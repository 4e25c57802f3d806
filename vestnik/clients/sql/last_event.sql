-- The newest webhook event; 0: there is none.
SELECT coalesce(max(id), 0) FROM vestnik_webhook_event
