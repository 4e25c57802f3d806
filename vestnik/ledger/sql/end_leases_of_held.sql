-- Whoever held these leases lives in another time. What it had in hand is queued again, and in doubt (doubt_queued.sql).
-- Nothing of them is bound to a gateway any more.
UPDATE vestnik_batch
SET state = CASE WHEN state = 'leased' THEN {done_if:queued + sending = 0} ELSE state END,
    queued = queued + sending, sending = 0, bound = 0, bound_to = NULL, again_at = NULL,
    {lease_cleared}
WHERE mailing_id = ANY (%(mailings)s) AND (state = 'leased' OR bound > 0 OR again_at IS NOT NULL)
