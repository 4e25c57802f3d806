-- Mailings with unknown messages that an operator may still decide about: frozen totals, or sums of batch counters.
SELECT m.id, (u.rows - m.unknown_left)::bigint
FROM vestnik_mailing m
CROSS JOIN LATERAL (
    SELECT CASE WHEN m.frozen_at IS NOT NULL THEN (m.totals->>'unknown')::bigint
           ELSE (SELECT coalesce(sum(b.unknown), 0) FROM vestnik_batch b WHERE b.mailing_id = m.id) END AS rows
) u
WHERE m.end_time > clock_timestamp() AND m.hidden_at IS NULL
  AND m.state IN ('running', 'paused', 'completed', 'expired') AND u.rows > m.unknown_left
ORDER BY m.end_time, m.id LIMIT %(most)s
