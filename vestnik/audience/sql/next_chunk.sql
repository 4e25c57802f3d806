-- What the next chunk of a mailing needs; nothing when it needs no more. The caller has the lock of its chunks, and this
-- is a statement of its own: it sees what the one who had the lock before has made.
SELECT audience_cursor, audience_limit, filter_tags, filter_codes, send_window_from, send_window_to, end_time, now(),
       earlier_mailing, earlier_states, earlier_codes, CASE WHEN personal THEN message_text END, locale,
       segment, coalesce(started_at, now())
FROM vestnik_mailing
WHERE id = %(mailing)s AND kind = 'bulk' AND prepared_at IS NULL AND state IN ('running', 'paused')
  AND (pause_code <> 'wrong_text' OR end_time <= now())
