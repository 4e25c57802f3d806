-- How many dispatchers one gateway has, to share the few requests that are in flight while one sends carefully. names: how
-- theirs begin (vestnik/dispatch/settings.py).
SELECT count(*)::int FROM pg_stat_activity
WHERE datname = current_database() AND starts_with(application_name, %(names)s)
