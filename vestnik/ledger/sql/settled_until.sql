-- Batches that were due before this instant (unix seconds) have all messages between their ids: whoever took an id then has
-- committed, or is gone. A request takes its ids within less than the ten minutes.
SELECT extract(epoch FROM least(clock_timestamp(), min(xact_start)) - interval '10 minutes')::float8
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
