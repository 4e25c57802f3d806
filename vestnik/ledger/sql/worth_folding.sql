-- Is batch b done, and does a fold (fold_log.sql) make its log much smaller? Not where a row has 100 messages or more:
-- a batch of 1,000 that was sent in a few flushes stays as it is. And not where fewer than half of the rows would go:
-- those of a very slow gateway are too far apart in time, and what went over another gateway stays apart.
CASE WHEN b.state = 'done' THEN (
    SELECT count(*) > 1 + (b.sent + b.delivered + b.undelivered) / 100 AND count(*) >= 2 * count(DISTINCT (entry.gateway_id, entry.slot))
    FROM (
        SELECT gateway_id, floor(extract(epoch FROM since - min(since) OVER ()) * 1000 / {SLOT}) AS slot
        FROM vestnik_outcome_log WHERE mailing_id = {mailing} AND batch_id = b.id
    ) entry
) ELSE false END
