-- The mailings that may have made messages since a time, but one. Those of single messages get some the whole day long, and an
-- audience may be built for hours: whatever is not settled counts, too.
SELECT id FROM vestnik_mailing
WHERE started_at IS NOT NULL AND messages_dropped_at IS NULL AND id <> %(but)s
  AND (frozen_at IS NULL OR frozen_at >= %(since)s)
ORDER BY id
