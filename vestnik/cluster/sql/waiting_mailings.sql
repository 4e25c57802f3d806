-- Mailings that wait for somebody: a decision, or work that no process does though it is due. The margins are far above
-- what a healthy cluster needs for each (it looks every 10 s at the latest, and builds without a pause).
WITH live AS (
    SELECT * FROM vestnik_mailing WHERE frozen_at IS NULL
)
SELECT id, CASE WHEN restored_at IS NOT NULL THEN 'restored' WHEN pause_reason = 'by an operator' THEN 'paused'
                WHEN pause_code <> '' THEN pause_code
                ELSE 'refused' END,
       'paused: ' || pause_reason
FROM live WHERE (state = 'paused' OR (state = 'scheduled' AND restored_at IS NOT NULL)) AND end_time > clock_timestamp()
UNION ALL
SELECT m.id, 'unknown', u.rows - m.unknown_left || ' unknown messages wait for a decision until '
                        || to_char(m.end_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM vestnik_mailing m
CROSS JOIN LATERAL (
    SELECT coalesce(sum(b.unknown), 0) AS rows FROM vestnik_batch b WHERE b.mailing_id = m.id
) u
WHERE m.end_time > clock_timestamp() AND m.hidden_at IS NULL
  AND m.state IN ('running', 'paused', 'completed', 'expired') AND u.rows > m.unknown_left
UNION ALL
SELECT id, 'late', 'its start has passed, and it has not started'
FROM live WHERE state = 'scheduled' AND start_time < clock_timestamp() - interval '30 seconds'
UNION ALL
SELECT id, 'unbuilt', 'its audience is not whole, and nobody builds it'
FROM live
WHERE state IN ('running', 'paused') AND prepared_at IS NULL AND started_at < clock_timestamp() - interval '60 seconds'
  AND NOT EXISTS (SELECT FROM pg_locks l
                  WHERE l.locktype = 'advisory' AND l.classid = %(chunk_lock)s AND l.objid = live.id %% 2147483647)
UNION ALL
SELECT mailing_id, 'lapsed', count(*) || ' leases lapsed and were not taken over'
FROM vestnik_batch WHERE state = 'leased' AND lease_expires_at < clock_timestamp() - interval '15 seconds'
GROUP BY mailing_id
UNION ALL
SELECT id, 'unsettled', 'it is over, but its messages are not settled'
FROM live
WHERE state IN ('running', 'paused', 'cancelled') AND end_time < clock_timestamp() - interval '60 seconds'
UNION ALL
SELECT m.id, 'troubled', round(100.0 * k.bad / (k.bad + k.good)) || ' %% of what was sent failed or is unknown'
FROM vestnik_mailing m
CROSS JOIN LATERAL (
    SELECT coalesce(sum(b.failed + b.unknown), 0) - m.unknown_left AS bad, coalesce(sum(b.sent + b.delivered + b.undelivered), 0) AS good
    FROM vestnik_batch b WHERE b.mailing_id = m.id
) k
WHERE m.hidden_at IS NULL AND (m.frozen_at IS NULL OR m.frozen_at > clock_timestamp() - interval '1 day')
  AND k.bad > 0 AND k.bad >= 0.2 * (k.bad + k.good)
ORDER BY 1, 2
