-- 401 or 403: the settings are wrong, nothing of the message failed. Only requests handed over since the last resume
-- can pause again.
UPDATE vestnik_mailing
SET state = 'paused', pause_code = %(code)s, pause_answer = %(answer)s, pause_detail = '',
    pause_reason = %(reason)s, version = version + 1
WHERE id = %(mailing)s AND state = 'running' AND (resumed_at IS NULL OR resumed_at < to_timestamp(%(handed_over)s))
RETURNING id
