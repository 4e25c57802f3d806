-- The brake: this gateway gives nothing but bad answers, so every running mailing is paused, and everybody sends carefully
-- from now on. Evidence from before the last such stop or resume counts for nothing; a mailing that was resumed or
-- started since then goes on, and so does one whose rules never name this gateway. Locked in one order, so that two dispatchers that stop at once do not wait for each other.
WITH gateway AS MATERIALIZED (
    SELECT id FROM vestnik_gatewaystate
    WHERE id = %(gateway)s AND (careful_since IS NULL OR careful_since < to_timestamp(%(handed_over)s))
), running AS MATERIALIZED (
    SELECT m.id FROM vestnik_mailing m CROSS JOIN gateway
    WHERE m.frozen_at IS NULL AND m.state = 'running'
      AND (m.resumed_at IS NULL OR m.resumed_at < to_timestamp(%(handed_over)s))
      AND (NOT %(several)s OR EXISTS (
        SELECT FROM (SELECT DISTINCT coalesce(b.route_id, 0) AS id FROM vestnik_batch b
                     WHERE b.mailing_id = m.id AND b.state IN ('ready', 'leased')) named
        JOIN ({rules}) r ON r.id = named.id
        WHERE %(gateway)s = ANY (r.gateways || r.fallbacks)))
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
