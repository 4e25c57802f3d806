-- From now on this ledger belongs here.
INSERT INTO vestnik_ledgeridentity (id, system, database, restored_at)
SELECT 1, {system}, d.oid::bigint, CASE WHEN %(restored)s THEN clock_timestamp() END
FROM pg_database d
WHERE d.datname = current_database()
ON CONFLICT (id) DO UPDATE
SET system = excluded.system, database = excluded.database,
    restored_at = coalesce(excluded.restored_at, vestnik_ledgeridentity.restored_at)
