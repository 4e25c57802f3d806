-- The gateway asks to wait (Retry-After) for longer than is believed of it. Kept for people to see, and for whatever
-- expires meanwhile; not while somebody has decided to ignore it.
UPDATE vestnik_gatewaystate
SET asked_at = CASE WHEN asked_until > clock_timestamp() THEN asked_at ELSE clock_timestamp() END,
    asked_until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE id = %(gateway)s AND (wait_ignored_until IS NULL OR wait_ignored_until <= clock_timestamp())
