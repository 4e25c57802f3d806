-- Whoever held these leases lives in another time. What it had in hand is queued again, and in doubt (doubt_queued.sql).
UPDATE vestnik_batch
SET state = {done_if:queued + sending = 0},
    queued = queued + sending, sending = 0,
    {lease_cleared}
WHERE mailing_id = ANY (%(mailings)s) AND state = 'leased'
