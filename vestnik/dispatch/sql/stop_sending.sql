-- The brake: this gateway gives nothing but bad answers, so every running mailing is paused, and everybody sends carefully
-- from now on. Evidence from before the last such stop or resume counts for nothing; a mailing that was resumed or
-- started since then goes on. Locked in one order, so that two dispatchers that stop at once do not wait for each other.
WITH gateway AS MATERIALIZED (
    SELECT id FROM vestnik_gatewaystate
    WHERE id = 1 AND (careful_since IS NULL OR careful_since < to_timestamp(%(handed_over)s))
), running AS MATERIALIZED (
    SELECT m.id FROM vestnik_mailing m CROSS JOIN gateway
    WHERE m.frozen_at IS NULL AND m.state = 'running'
      AND (m.resumed_at IS NULL OR m.resumed_at < to_timestamp(%(handed_over)s))
    ORDER BY m.id
    FOR NO KEY UPDATE OF m
), paused AS (
    UPDATE vestnik_mailing m
    SET state = 'paused', pause_code = %(code)s, pause_answer = %(answer)s, pause_detail = %(detail)s,
        pause_reason = %(reason)s, version = version + 1
    FROM running WHERE m.id = running.id
    RETURNING m.id
), careful AS (
    UPDATE vestnik_gatewaystate g SET careful_since = clock_timestamp(), careful_bad = 0
    FROM gateway WHERE g.id = gateway.id
)
SELECT id FROM paused ORDER BY id
