-- Somebody decides not to wait: messages flow again, and asking counts for nothing until the time that was named. The
-- breaker is closed, too: if the gateway is really down, it opens again by itself.
UPDATE vestnik_gatewaystate g
SET wait_ignored_until = g.asked_until, asked_at = NULL, asked_until = NULL, breaker = 'closed', breaker_reason = '',
    breaker_changed_at = clock_timestamp(), probe_at = NULL, probes_failed = 0, back_at = NULL, careful_since = clock_timestamp(),
    careful_bad = 0
WHERE g.id = %(gateway)s AND g.asked_until > clock_timestamp()
RETURNING g.wait_ignored_until
