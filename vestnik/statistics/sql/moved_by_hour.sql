-- Messages that the gateway took, that failed, and whose outcome is not known, in each hour since an instant. The differences of samples, of
-- the mailings that were not over then; each begins with what it had at that instant and ends with its totals of now, so
-- the sums are right whatever was sampled, and whenever.
WITH mailing AS MATERIALIZED (
    SELECT id, started_at, frozen_at, totals FROM vestnik_mailing
    WHERE started_at IS NOT NULL AND (frozen_at IS NULL OR finished_at > %(since)s)
), sums AS (
    SELECT m.id, clock_timestamp() AS at, sum(b.sent + b.delivered + b.undelivered) AS sent, sum(b.failed) AS failed,
           sum(b.unknown) AS unknown
    FROM mailing m JOIN vestnik_batch b ON b.mailing_id = m.id WHERE m.frozen_at IS NULL GROUP BY m.id
    UNION ALL
    SELECT id, frozen_at, (totals->>'sent')::bigint + (totals->>'delivered')::bigint + (totals->>'undelivered')::bigint,
           (totals->>'failed')::bigint, (totals->>'unknown')::bigint
    FROM mailing WHERE frozen_at IS NOT NULL
), point AS (
    SELECT m.id, greatest(m.started_at, %(since)s) AS at, coalesce(p.sent, 0) AS sent,
           coalesce(p.bad - p.unknown, 0) AS failed, coalesce(p.unknown, 0) AS unknown
    FROM mailing m
    LEFT JOIN LATERAL (
        SELECT sent, bad, unknown FROM vestnik_progress WHERE mailing_id = m.id AND at <= %(since)s ORDER BY at DESC LIMIT 1
    ) p ON true
    UNION ALL
    SELECT p.mailing_id, p.at, p.sent, p.bad - p.unknown, p.unknown
    FROM mailing m JOIN vestnik_progress p ON p.mailing_id = m.id WHERE p.at > %(since)s
    UNION ALL
    SELECT * FROM sums
), step AS (
    SELECT at, sent - lag(sent) OVER w AS sent, failed - lag(failed) OVER w AS failed,
           unknown - lag(unknown) OVER w AS unknown
    FROM point WINDOW w AS (PARTITION BY id ORDER BY at, sent + failed + unknown)
)
SELECT date_trunc('hour', at, %(zone)s), sum(greatest(0, sent))::bigint, sum(greatest(0, failed))::bigint,
       sum(greatest(0, unknown))::bigint
FROM step WHERE sent IS NOT NULL GROUP BY 1 ORDER BY 1
