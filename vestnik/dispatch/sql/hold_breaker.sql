-- A probe was answered, and others can take over meanwhile: the gateway gets new batches only if it still answers at the end
-- of its hold. No row: it has, and the breaker is to be closed. Failures of before still count until then: each probe that
-- hangs may cost a message, so one that answers now and then is asked ever more seldom.
UPDATE vestnik_gatewaystate
SET back_at = coalesce(back_at, clock_timestamp() + make_interval(secs => hold_seconds)),
    probe_at = least(clock_timestamp() + make_interval(secs => %(every)s),
                     coalesce(back_at, clock_timestamp() + make_interval(secs => hold_seconds)))
WHERE id = %(gateway)s AND breaker = 'open' AND (back_at IS NULL OR back_at > clock_timestamp())
RETURNING back_at
