-- Single messages that no gateway takes, by the gateway that is out: how many, and when the first of them ends. By the index
-- of ready batches; where no gateway is out, nothing is read. Mailings of this kind are not paused for it as others are
-- (without_gateway.sql), because messages that go by other rules are in them, too.
WITH stuck AS MATERIALIZED ({stuck_rules})
SELECT g.name, s.out_code, s.out_words, sum(b.queued)::bigint, min(coalesce(b.end_time, m.end_time))
FROM stuck s
JOIN vestnik_gateway g ON g.id = s.gateway
CROSS JOIN vestnik_mailing m
JOIN vestnik_batch b ON b.mailing_id = m.id AND coalesce(b.route_id, 0) = s.id AND b.state = 'ready'
WHERE m.frozen_at IS NULL AND m.kind = 'direct' AND m.state = 'running'
GROUP BY g.id, g.name, s.out_code, s.out_words
ORDER BY g.id
