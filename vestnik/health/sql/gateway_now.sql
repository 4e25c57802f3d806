-- The gateway as the cluster sees it: the breaker's row.
SELECT breaker = 'open', breaker_reason, breaker_changed_at, granted_until > clock_timestamp() FROM vestnik_gatewaystate
