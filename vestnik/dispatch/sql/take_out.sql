-- The gateway refuses us, or gives nothing but bad answers, and there are others: it is out until somebody puts it back.
-- What can go over none of them then waits for one that is down, or its mailing is paused (without_gateway.sql).
-- Only requests handed over since the last such decision count. No row: it is out already, or it is the only one in use.
WITH gone AS (
    UPDATE vestnik_gatewaystate
    SET out_at = clock_timestamp(), out_code = %(code)s, out_words = %(words)s, back_at = NULL,
        careful_since = clock_timestamp(), careful_bad = 0
    WHERE id = %(gateway)s AND out_at IS NULL
      AND (careful_since IS NULL OR careful_since < to_timestamp(%(handed_over)s)) AND {others_in_use}
    RETURNING id
), noted AS (
    INSERT INTO vestnik_auditentry (at, actor_name, action, object_type, object_id, details)
    SELECT clock_timestamp(), 'system', 'gateway.out', 'gateway', id, jsonb_build_object('code', %(code)s::text) FROM gone
)
SELECT pg_notify('vestnik', 'gateway') FROM gone
