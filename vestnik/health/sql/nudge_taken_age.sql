-- Seconds since a worker last got something out of the broker.
SELECT extract(epoch FROM clock_timestamp() - (SELECT at FROM vestnik_heartbeat WHERE name = 'nudges'))::float8
