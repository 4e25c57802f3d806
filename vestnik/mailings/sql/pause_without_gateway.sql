-- The gateway is still out, so nothing is lost by the wait for somebody's decision.
UPDATE vestnik_mailing m
SET state = 'paused', pause_code = %(code)s, pause_answer = %(answer)s, pause_detail = %(detail)s,
    pause_reason = %(reason)s, version = version + 1
FROM vestnik_gatewaystate s
WHERE m.id = %(mailing)s AND m.state = 'running' AND s.id = %(gateway)s AND s.out_at IS NOT NULL
RETURNING m.id
