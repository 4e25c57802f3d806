-- A login that ended since the backup would be alive again: all end, those of the console, too, and people log in anew.
WITH sessions AS (
    DELETE FROM django_session
), ended AS (
    UPDATE vestnik_login SET revoked_at = clock_timestamp() WHERE revoked_at IS NULL RETURNING 1
)
SELECT count(*) FROM ended
