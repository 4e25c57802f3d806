-- Breaker and clock, read back with every flush. probe_in: seconds until a probe may leave.
SELECT extract(epoch FROM clock_timestamp())::float8, breaker,
       extract(epoch FROM probe_at - clock_timestamp())::float8
FROM vestnik_gatewaystate WHERE id = 1
