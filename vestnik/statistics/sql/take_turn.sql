-- One process of all takes the next sample: whoever gets a row. So many workers cost as much as one.
INSERT INTO vestnik_heartbeat AS h (name, at) VALUES ('progress', clock_timestamp())
ON CONFLICT (name) DO UPDATE SET at = excluded.at
WHERE h.at < clock_timestamp() - make_interval(secs => %(seconds)s)
RETURNING 1
