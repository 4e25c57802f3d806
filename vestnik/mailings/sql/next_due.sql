-- Seconds until the next thing a sweep has to do: a start, an end, a lease that lapses (null: nothing in sight).
-- A cancelled mailing is due until its totals are frozen: its holders give their batches back within half a second.
SELECT extract(epoch FROM least(
    (SELECT clock_timestamp() FROM vestnik_mailing WHERE frozen_at IS NULL AND state = 'cancelled' LIMIT 1),
    (SELECT min(least(start_time, end_time)) FROM vestnik_mailing WHERE state = 'scheduled'),
    (SELECT min(end_time) FROM vestnik_mailing WHERE frozen_at IS NULL AND state IN ('running', 'paused')),
    (SELECT min(b.end_time) FROM vestnik_batch b WHERE b.state = 'ready' AND b.end_time IS NOT NULL),
    (SELECT min(b.lease_expires_at) FROM vestnik_batch b WHERE b.state = 'leased')
) - clock_timestamp())::float8
