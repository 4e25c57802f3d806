-- The event has arrived, or is given up. An attempt that was lost meanwhile, and taken again, ends nothing.
DELETE FROM vestnik_webhook_delivery
WHERE endpoint_id = %(endpoint)s AND event_id = %(event)s AND (attempts = %(attempts)s OR %(arrived)s)
