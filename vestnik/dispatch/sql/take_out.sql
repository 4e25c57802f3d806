-- The gateway refuses us, or gives nothing but bad answers, and others can take over: it is out until somebody puts it back.
-- Only requests handed over since the last such decision count. No row: it is out already, or nobody can take over.
WITH gone AS (
    UPDATE vestnik_gatewaystate
    SET out_at = clock_timestamp(), out_code = %(code)s, out_words = %(words)s, back_at = NULL,
        careful_since = clock_timestamp(), careful_bad = 0
    WHERE id = %(gateway)s AND out_at IS NULL
      AND (careful_since IS NULL OR careful_since < to_timestamp(%(handed_over)s)) AND {others}
    RETURNING id
), noted AS (
    INSERT INTO vestnik_auditentry (at, actor_name, action, object_type, object_id, details)
    SELECT clock_timestamp(), 'system', 'gateway.out', 'gateway', id, jsonb_build_object('code', %(code)s::text) FROM gone
)
SELECT pg_notify('vestnik', 'gateway') FROM gone
