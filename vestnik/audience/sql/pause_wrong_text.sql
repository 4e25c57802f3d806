-- Nothing can be made of the text. Resumed, the mailing is tried again. Past its end nobody can mend it: its audience is what
-- was made of it, and it is settled with that. What a restored backup holds back stays held back for that reason, which is
-- graver; once resumed it comes here.
UPDATE vestnik_mailing
SET state = 'paused', pause_code = %(code)s, pause_answer = '', pause_detail = %(detail)s, pause_reason = %(reason)s,
    prepared_at = CASE WHEN end_time <= now() THEN now() END, version = version + 1
WHERE id = %(mailing)s AND prepared_at IS NULL AND frozen_at IS NULL AND state IN ('running', 'paused')
  AND (restored_at IS NULL OR end_time <= now())
RETURNING id
