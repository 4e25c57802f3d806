-- Breaker, brake and clock, read back with every flush. probe_in: seconds until a probe may leave. asked: the gateway has
-- asked to wait; ignored: somebody has decided that its asking is not heeded.
SELECT extract(epoch FROM clock_timestamp())::float8, breaker,
       extract(epoch FROM probe_at - clock_timestamp())::float8,
       extract(epoch FROM careful_since)::float8,
       asked_until IS NOT NULL,
       coalesce(wait_ignored_until > clock_timestamp(), false),
       outcome_log
FROM vestnik_gatewaystate WHERE id = 1
