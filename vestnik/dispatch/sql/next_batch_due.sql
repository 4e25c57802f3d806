-- Seconds until the next ready batch of a running mailing is due (null: none waits).
SELECT extract(epoch FROM min(b.due_at) - clock_timestamp())::float8
FROM vestnik_mailing m
CROSS JOIN LATERAL (
    SELECT due_at FROM vestnik_batch WHERE mailing_id = m.id AND state = 'ready' ORDER BY due_at LIMIT 1
) b
WHERE m.frozen_at IS NULL AND m.state = 'running' AND m.end_time > clock_timestamp() + interval '1 second'
