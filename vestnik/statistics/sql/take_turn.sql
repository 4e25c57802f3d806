-- One process of all takes the next sample: whoever gets a row. So many workers cost as much as one, and while no mailing
-- is under way nobody writes anything.
INSERT INTO vestnik_heartbeat AS h (name, at)
SELECT 'progress', clock_timestamp()
WHERE EXISTS (SELECT FROM vestnik_mailing WHERE frozen_at IS NULL AND started_at IS NOT NULL)
ON CONFLICT (name) DO UPDATE SET at = excluded.at
WHERE h.at < clock_timestamp() - make_interval(secs => %(seconds)s)
RETURNING 1
