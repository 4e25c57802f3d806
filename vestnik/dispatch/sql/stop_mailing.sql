-- The brake of one mailing: nothing but bad answers to its messages, while others' are taken. Only requests handed over
-- since the last resume can pause it again.
UPDATE vestnik_mailing
SET state = 'paused', pause_code = %(code)s, pause_answer = %(answer)s, pause_detail = %(detail)s,
    pause_reason = %(reason)s, version = version + 1
WHERE id = %(mailing)s AND state = 'running' AND (resumed_at IS NULL OR resumed_at < to_timestamp(%(handed_over)s))
RETURNING id
