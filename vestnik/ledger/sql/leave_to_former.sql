-- Batches that have just been leased for another gateway than the one before: what that one did is written down beside
-- them. A statement after the claim, so that it sees all that came before the lock.
INSERT INTO vestnik_batchgateway AS o (batch_id, gateway_id, mailing_id, sent, delivered, undelivered, failed, unknown)
SELECT b.id, d.former, b.mailing_id, b.sent - k.sent, b.delivered - k.delivered, b.undelivered - k.undelivered,
       b.failed - k.failed, b.unknown - k.unknown
FROM unnest(%(batches)s::bigint[], %(former)s::smallint[]) AS d (id, former)
JOIN vestnik_batch b ON b.id = d.id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(x.sent), 0) AS sent, coalesce(sum(x.delivered), 0) AS delivered,
           coalesce(sum(x.undelivered), 0) AS undelivered, coalesce(sum(x.failed), 0) AS failed,
           coalesce(sum(x.unknown), 0) AS unknown
    FROM vestnik_batchgateway x WHERE x.batch_id = b.id
) k
WHERE b.sent + b.delivered + b.undelivered + b.failed + b.unknown > 0
ON CONFLICT (batch_id, gateway_id) DO UPDATE
SET sent = o.sent + excluded.sent, delivered = o.delivered + excluded.delivered,
    undelivered = o.undelivered + excluded.undelivered, failed = o.failed + excluded.failed,
    unknown = o.unknown + excluded.unknown
