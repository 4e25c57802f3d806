-- A probe was answered: messages flow again, in every process.
UPDATE vestnik_gatewaystate
SET breaker = 'closed', breaker_reason = '', breaker_changed_at = clock_timestamp(), probe_at = NULL, probes_failed = 0,
    back_at = NULL
WHERE id = %(gateway)s AND breaker = 'open'
RETURNING pg_notify('vestnik', 'breaker')
