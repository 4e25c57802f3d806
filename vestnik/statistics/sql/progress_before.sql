-- For each mailing the newest sample that is some seconds old: what the rate of now is measured from. A mailing without
-- one is measured from its start.
SELECT m.id, coalesce(p.at, m.started_at), coalesce(p.sent, 0) + coalesce(p.bad, 0), clock_timestamp()
FROM vestnik_mailing m
LEFT JOIN LATERAL (
    SELECT at, sent, bad FROM vestnik_progress
    WHERE mailing_id = m.id AND at < clock_timestamp() - make_interval(secs => %(seconds)s)
    ORDER BY at DESC LIMIT 1
) p ON true
WHERE m.id = ANY (%(mailings)s) AND m.started_at IS NOT NULL
