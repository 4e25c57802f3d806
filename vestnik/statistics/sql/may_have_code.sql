-- May batch b have a message with this code, among those that ended without success? Only what was counted, and has not
-- changed since, can say no.
(%(code)s::text IS NULL OR NOT EXISTS (
    SELECT FROM vestnik_batchoutcomes o
    WHERE o.batch_id = b.id AND o.stamp = ARRAY[b.attempt, b.undelivered, b.failed, b.expired, b.cancelled, b.unknown]
      AND NOT o.outcomes @> jsonb_build_array(jsonb_build_array(%(code)s::text))
))
