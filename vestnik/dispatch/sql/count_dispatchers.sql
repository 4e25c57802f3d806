-- How many dispatchers there are, to share the few requests that are in flight while one sends carefully.
SELECT count(*)::int FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'vestnik dispatch %%'
