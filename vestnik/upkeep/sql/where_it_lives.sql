-- Where this ledger is, and where it was when it was last looked at (null: never). initdb gives each PostgreSQL cluster an
-- identifier, CREATE DATABASE gives each database a number; a failover to a standby keeps both.
SELECT {system} || '/' || d.oid,
       (SELECT i.system || '/' || i.database FROM vestnik_ledgeridentity i WHERE i.id = 1)
FROM pg_database d
WHERE d.datname = current_database()
