-- Has every transaction ended that began up to an instant? One that still runs may hold a mailing's finish with a time
-- before the instant, which a report of it would miss and the next would not look for.
SELECT NOT EXISTS (
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
      AND xact_start <= %(until)s
)
