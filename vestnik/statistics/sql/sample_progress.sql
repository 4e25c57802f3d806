-- Writes down how far the mailings are that are not over, where they moved since. Sums of batch counters by the index of
-- what is not settled (10,000 batches, ten million messages: 5 ms); nothing counts messages.
--
-- One that stood still for a while (paused, its window closed) gets a second row, just before it moved: else its move
-- would look as slow as the whole pause was long.
WITH totals AS MATERIALIZED (
    SELECT m.id, m.started_at, clock_timestamp() AS at, sum(b.sent + b.delivered + b.undelivered) AS sent,
           sum(b.failed + b.unknown) AS bad, sum(b.unknown) AS unknown
    FROM vestnik_mailing m JOIN vestnik_batch b ON b.mailing_id = m.id
    WHERE m.frozen_at IS NULL AND m.started_at IS NOT NULL
    GROUP BY m.id, m.started_at
), moved AS (
    SELECT k.id, k.at, k.sent, k.bad, k.unknown, coalesce(last.at, k.started_at) AS last_at, coalesce(last.sent, 0) AS last_sent,
           coalesce(last.bad, 0) AS last_bad, coalesce(last.unknown, 0) AS last_unknown
    FROM totals k
    LEFT JOIN LATERAL (
        SELECT p.at, p.sent, p.bad, p.unknown FROM vestnik_progress p WHERE p.mailing_id = k.id ORDER BY p.at DESC LIMIT 1
    ) last ON true
    WHERE (k.sent, k.bad, k.unknown) <> (coalesce(last.sent, 0), coalesce(last.bad, 0), coalesce(last.unknown, 0))
), written AS (
    INSERT INTO vestnik_progress (mailing_id, at, sent, bad, unknown)
    SELECT id, at - make_interval(secs => %(seconds)s), last_sent, last_bad, last_unknown FROM moved
    WHERE last_at < at - make_interval(secs => 3 * %(seconds)s)
    UNION ALL
    SELECT id, at, sent, bad, unknown FROM moved
)
SELECT count(*) FROM totals
