-- Whoever held these leases lives in another time. What it had in hand is queued again, and in doubt (doubt_queued.sql).
UPDATE vestnik_batch
SET state = CASE WHEN queued + sending = 0 THEN 'done' ELSE 'ready' END,
    queued = queued + sending, sending = 0,
    lease_token = NULL, lease_holder = '', leased_at = NULL, lease_expires_at = NULL, high_water = NULL
WHERE mailing_id = ANY (%(mailings)s) AND state = 'leased'
