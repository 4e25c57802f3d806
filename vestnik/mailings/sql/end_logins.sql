-- A login that ended since the backup would be alive again: all end, and people log in anew.
WITH ended AS (
    UPDATE vestnik_login SET revoked_at = clock_timestamp() WHERE revoked_at IS NULL RETURNING 1
)
SELECT count(*) FROM ended
