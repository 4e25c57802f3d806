-- What is to be done just now, and who is there to do it. Batches are summed for mailings that are not over, by the index
-- of what is not settled (10,000 batches, ten million messages: 5 ms); nothing counts messages. They are summed once, by
-- mailing, and all that says something about mailings that are not over comes from these sums: of an open start page the
-- statement is asked every second.
--
-- Workers: processes of ours that asked the ledger something within a minute. A keeper does every ten seconds at the
-- latest, a dispatcher every five; one that was stopped, or lost its machine, is not counted though its connection stays.
WITH live AS MATERIALIZED (
    SELECT id, state, end_time FROM vestnik_mailing WHERE frozen_at IS NULL AND hidden_at IS NULL
), totals AS MATERIALIZED (
    SELECT b.mailing_id, sum(b.queued) AS queued, sum(b.sending) AS sending, sum(b.sent) AS sent,
           sum(b.delivered) AS delivered, sum(b.undelivered) AS undelivered, sum(b.failed) AS failed,
           sum(b.expired) AS expired, sum(b.cancelled) AS cancelled, sum(b.unknown) AS unknown
    FROM live m JOIN vestnik_batch b ON b.mailing_id = m.id
    GROUP BY b.mailing_id
), outcomes AS (
    SELECT sum(k.sent + k.delivered) AS good, sum(k.undelivered + k.failed + k.unknown) AS bad
    FROM live m JOIN totals k ON k.mailing_id = m.id WHERE m.state = 'running'
), queue AS (
    SELECT min(b.due_at) AS oldest
    FROM live m
    CROSS JOIN LATERAL (
        SELECT due_at FROM vestnik_batch WHERE mailing_id = m.id AND state = 'ready' ORDER BY due_at LIMIT 1
    ) b
    WHERE m.state = 'running' AND m.end_time > clock_timestamp() + interval '1 second'
), leases AS (
    SELECT count(*) AS held, count(*) FILTER (WHERE lease_expires_at < clock_timestamp()) AS lapsed
    FROM vestnik_batch WHERE state = 'leased'
), workers AS (
    SELECT count(*) FILTER (WHERE application_name LIKE 'vestnik dispatch %%') AS dispatchers,
           count(*) FILTER (WHERE application_name LIKE 'vestnik keeper %%') AS keepers
    FROM pg_stat_activity
    WHERE datname = current_database() AND (state = 'active' OR state_change > clock_timestamp() - interval '1 minute')
)
SELECT json_build_object(
    'mailings', (SELECT json_object_agg(state, count) FROM (SELECT state, count(*) FROM live GROUP BY state) s),
    'totals', (SELECT json_object_agg(k.mailing_id, to_json(k)) FROM totals k),
    'good', (SELECT good FROM outcomes),
    'bad', (SELECT bad FROM outcomes),
    'queue_age', (SELECT greatest(0, extract(epoch FROM clock_timestamp() - oldest)) FROM queue),
    'leases', (SELECT held FROM leases),
    'lapsed', (SELECT lapsed FROM leases),
    'imports', (SELECT count(*) FROM vestnik_importjob WHERE state IN ('receiving', 'waiting', 'running')),
    'failing_reports', (SELECT count(*) FROM vestnik_reportsent
                        WHERE sent_at IS NULL AND error <> '' AND day > current_date - 3),
    'beat_age', (SELECT extract(epoch FROM clock_timestamp() - at) FROM vestnik_heartbeat WHERE name = 'beat'),
    'taken_age', (SELECT extract(epoch FROM clock_timestamp() - at) FROM vestnik_heartbeat WHERE name = 'nudges'),
    'dispatchers', (SELECT dispatchers FROM workers),
    'keepers', (SELECT keepers FROM workers)
)
