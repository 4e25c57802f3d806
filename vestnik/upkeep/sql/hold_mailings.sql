-- Every mailing that is not over waits for somebody: what runs is paused, what is scheduled starts paused
-- (start_due.sql), for it may have run since the backup.
UPDATE vestnik_mailing
SET restored_at = clock_timestamp(), pause_code = %(code)s, pause_answer = '', pause_detail = '',
    pause_reason = %(reason)s, version = version + 1,
    state = CASE WHEN state = 'running' THEN 'paused' ELSE state END
WHERE frozen_at IS NULL AND state IN ('scheduled', 'running', 'paused')
RETURNING id
