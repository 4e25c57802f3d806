-- Opens the breaker for the whole cluster; the first to see the outage wins, the rest read it back.
UPDATE vestnik_gatewaystate
SET breaker = 'open', breaker_reason = %(reason)s, breaker_changed_at = clock_timestamp(), probes_failed = 0,
    probe_at = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE id = 1 AND breaker = 'closed'
RETURNING pg_notify('vestnik', 'breaker')
