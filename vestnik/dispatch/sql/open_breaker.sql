-- Opens the breaker for the whole cluster; the first to see the outage wins, the rest read it back. The next hold is twice
-- as long where the last outage ended less than ten minutes ago, a quarter of an hour at most: who comes and goes stays
-- away.
UPDATE vestnik_gatewaystate
SET breaker = 'open', breaker_reason = %(reason)s, probes_failed = 0, back_at = NULL,
    hold_seconds = CASE WHEN breaker_changed_at > clock_timestamp() - interval '10 minutes'
                        THEN least(2 * hold_seconds, 900) ELSE 60 END,
    breaker_changed_at = clock_timestamp(),
    probe_at = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE id = %(gateway)s AND breaker = 'closed'
RETURNING pg_notify('vestnik', 'breaker')
