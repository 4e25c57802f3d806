-- 401 or 403: the settings are wrong, nothing of the message failed. Only requests handed over since the last resume
-- can pause again. Where another gateway can take over some of the mailing, it goes on over that one; this one is out.
UPDATE vestnik_mailing m
SET state = 'paused', pause_code = %(code)s, pause_answer = %(answer)s, pause_detail = '',
    pause_reason = %(reason)s, version = version + 1
WHERE id = %(mailing)s AND state = 'running' AND (resumed_at IS NULL OR resumed_at < to_timestamp(%(handed_over)s))
  AND NOT (%(several)s AND EXISTS (
    WITH up AS MATERIALIZED ({gateways_up})
    SELECT FROM (SELECT DISTINCT coalesce(b.route_id, 0) AS id FROM vestnik_batch b
                 WHERE b.mailing_id = m.id AND b.state IN ('ready', 'leased')) named
    JOIN ({rules}) r ON r.id = named.id
    JOIN up ON up.id = ANY (r.gateways || r.fallbacks)
    WHERE up.id <> %(gateway)s
  ))
RETURNING id
