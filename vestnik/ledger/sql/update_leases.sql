-- One row per lease held: moves counters by what the stamps gave back, grants ids up to the next high-water mark
-- (only from the mark this dispatcher knew: a repeated flush grants nothing twice), and renews the lease. The mark never
-- goes beyond the batch: a flush that is repeated after its split knows the one from before.
UPDATE vestnik_batch b
SET queued = b.queued + d.again - CASE WHEN b.high_water IS NOT DISTINCT FROM d.from_mark THEN d.granted ELSE 0 END,
    sending = b.sending - d.stamped + CASE WHEN b.high_water IS NOT DISTINCT FROM d.from_mark THEN d.granted ELSE 0 END,
    sent = b.sent + d.sent,
    failed = b.failed + d.failed,
    cancelled = b.cancelled + d.cancelled,
    unknown = b.unknown + d.unknown,
    high_water = CASE WHEN d.to_mark > b.last_id THEN b.last_id ELSE d.to_mark END,
    lease_expires_at = clock_timestamp() + make_interval(secs => %(seconds)s)
FROM unnest(%(batch)s::bigint[], %(stamped)s::int[], %(again)s::int[], %(sent)s::int[], %(failed)s::int[],
            %(unknown)s::int[], %(cancelled)s::int[], %(granted)s::int[], %(from_mark)s::bigint[], %(to_mark)s::bigint[])
    AS d (id, stamped, again, sent, failed, unknown, cancelled, granted, from_mark, to_mark)
WHERE b.id = d.id
