-- A part says that it has just worked. One row each, every ten seconds; however often it is said, one write a second.
INSERT INTO vestnik_heartbeat (name, at) VALUES (%(name)s, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET at = excluded.at
WHERE vestnik_heartbeat.at < excluded.at - make_interval(secs => %(seconds)s)
