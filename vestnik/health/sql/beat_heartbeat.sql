-- Beat says that it has handed a tick to the broker. One row, every ten seconds.
INSERT INTO vestnik_heartbeat (name, at) VALUES ('beat', clock_timestamp())
ON CONFLICT (name) DO UPDATE SET at = excluded.at
