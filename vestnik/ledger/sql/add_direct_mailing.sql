-- One more mailing for today's single messages. It ends when the last of them can end. Its own text is never sent.
INSERT INTO vestnik_mailing (kind, name, message_text, start_time, end_time, started_at, created_at, state, version,
                             audience_limit, audience_cursor)
SELECT 'direct', to_char(t.now AT TIME ZONE %(zone)s, '"Single messages" YYYY-MM-DD'), '-', t.now,
       date_trunc('day', t.now, %(zone)s) + interval '1 day' + make_interval(secs => %(longest)s), t.now, t.now, 'running', 1,
       0, 0
FROM (SELECT clock_timestamp() AS now) t
RETURNING id, vestnik_ensure_message_partition(id), vestnik_ensure_message_partition(id + 1000)
