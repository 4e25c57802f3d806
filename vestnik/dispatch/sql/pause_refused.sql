-- 401 or 403: the settings are wrong, nothing of the message failed. Only requests handed over since the last resume
-- can pause again. Where another gateway is in use, this one is out instead (take_out.sql): the mailing goes on, waits for
-- one that is down, or is paused because all of its gateways are out (without_gateway.sql).
UPDATE vestnik_mailing m
SET state = 'paused', pause_code = %(code)s, pause_answer = %(answer)s, pause_detail = '',
    pause_reason = %(reason)s, version = version + 1
WHERE id = %(mailing)s AND state = 'running' AND (resumed_at IS NULL OR resumed_at < to_timestamp(%(handed_over)s))
  AND NOT (%(several)s AND {others_in_use})
RETURNING id
