-- A lease that lapsed: its holder died, or was stopped for too long. With what says whether its gateway knows a repeated id.
SELECT b.id, b.mailing_id, b.first_id, b.high_water, coalesce(b.gateway_id, 1),
       coalesce(g.kind, ''), coalesce(g.settings, '{{}}'), coalesce(g.idempotent, false)
FROM vestnik_batch b
LEFT JOIN vestnik_gateway g ON g.id = b.gateway_id
WHERE b.state = 'leased' AND b.lease_expires_at < clock_timestamp()
LIMIT 1
FOR UPDATE OF b SKIP LOCKED
