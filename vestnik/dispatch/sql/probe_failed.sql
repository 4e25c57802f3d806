-- The gateway is still down, is down again, or asks to wait: the next probe leaves later.
UPDATE vestnik_gatewaystate
SET probes_failed = probes_failed + 1, back_at = NULL, breaker_reason = %(reason)s,
    probe_at = clock_timestamp() + make_interval(secs => greatest(%(wait)s, least(%(most)s, 0.5 * 2 ^ least(probes_failed, 10))))
WHERE id = %(gateway)s AND breaker = 'open'
