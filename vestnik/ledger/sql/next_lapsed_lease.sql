-- A lease that lapsed: its holder died, or was stopped for too long.
SELECT b.id, b.mailing_id, b.first_id, b.high_water
FROM vestnik_batch b
WHERE b.state = 'leased' AND b.lease_expires_at < clock_timestamp()
LIMIT 1
FOR UPDATE SKIP LOCKED
