-- Providers of PostgreSQL may hide the identifier of the cluster from us.
SELECT has_function_privilege('pg_control_system()', 'EXECUTE')
