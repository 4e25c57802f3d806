-- Breaker, brake and clock, read back with every flush. probe_in: seconds until a probe may leave. asked: the gateway has
-- asked to wait; ignored: somebody has decided that its asking is not heeded. out: it refuses us. held: it was down, and
-- probes are answered again. known: changes with every change of any gateway's settings; several: there is or was another.
-- unopened: some process could not open it; we have.
SELECT extract(epoch FROM clock_timestamp())::float8, s.breaker,
       extract(epoch FROM s.probe_at - clock_timestamp())::float8,
       extract(epoch FROM s.careful_since)::float8,
       s.asked_until IS NOT NULL,
       coalesce(s.wait_ignored_until > clock_timestamp(), false),
       (SELECT outcome_log FROM vestnik_gatewaystate WHERE id = 1),
       coalesce(g.known, 0), s.out_at IS NOT NULL, s.back_at IS NOT NULL, coalesce(g.several, false),
       s.unopened <> ''
FROM vestnik_gatewaystate s
CROSS JOIN (SELECT sum(version)::bigint AS known, bool_or(id <> 1) AS several FROM vestnik_gateway) g
WHERE s.id = %(gateway)s
