-- One process wins the right to send one message; the others wait. If it dies, the right comes back by itself. A probe
-- waits 5 s at first, so that an outage's end is seen soon, and longer each time, so that a slow gateway is not taken
-- for a dead one for ever.
UPDATE vestnik_gatewaystate
SET probe_at = clock_timestamp() + make_interval(secs => 2 + least(%(timeout)s::float8, 5 * 2 ^ least(probes_failed, 6)))
WHERE id = %(gateway)s AND breaker = 'open' AND probe_at <= clock_timestamp()
RETURNING least(%(timeout)s::float8, 5 * 2 ^ least(probes_failed, 6))
