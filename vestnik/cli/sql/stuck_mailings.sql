-- Mailings with work that no process does though it is due. The margins are far above what a healthy cluster needs for
-- each (it looks every 10 s at the latest, and builds without a pause).
WITH live AS (
    SELECT * FROM vestnik_mailing WHERE frozen_at IS NULL
)
SELECT id, 'late', 'its start has passed, and it has not started'
FROM live WHERE state = 'scheduled' AND start_time < clock_timestamp() - interval '30 seconds'
UNION ALL
SELECT id, 'unbuilt', 'its audience is not whole, and nobody builds it'
FROM live
WHERE state IN ('running', 'paused') AND prepared_at IS NULL AND kind = 'bulk' AND pause_code <> 'wrong_text' AND started_at < clock_timestamp() - interval '60 seconds'
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
