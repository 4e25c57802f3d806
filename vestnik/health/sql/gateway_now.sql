-- The gateway as the cluster sees it: the breaker's row.
SELECT breaker = 'open', breaker_reason, breaker_changed_at, granted_until > clock_timestamp(),
       CASE WHEN asked_until > clock_timestamp() THEN asked_until END,
       coalesce(extract(epoch FROM asked_until - clock_timestamp()), 0)::float8
FROM vestnik_gatewaystate WHERE id = 1
