-- What the next chunk needs; nothing when another process builds this mailing just now (or it needs no more).
SELECT audience_cursor, audience_limit, filter_tags, filter_codes, send_window_from, send_window_to, end_time, now()
FROM vestnik_mailing
WHERE id = %(mailing)s AND prepared_at IS NULL AND state IN ('running', 'paused')
  AND pg_try_advisory_xact_lock(%(lock)s, (%(mailing)s %% 2147483647)::int)
