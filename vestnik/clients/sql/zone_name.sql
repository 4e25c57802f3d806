-- One row when PostgreSQL knows a time zone by this name.
SELECT name FROM pg_timezone_names WHERE name = %(name)s
