-- Mailings that may be over: prepared (or cancelled), not frozen, and no batch is ready or leased.
SELECT m.id FROM vestnik_mailing m
WHERE m.frozen_at IS NULL
  AND (m.state = 'cancelled' OR (m.state IN ('running', 'paused') AND m.prepared_at IS NOT NULL))
  AND NOT EXISTS (SELECT FROM vestnik_batch b WHERE b.mailing_id = m.id AND b.state = 'ready')
  AND NOT EXISTS (SELECT FROM vestnik_batch b WHERE b.mailing_id = m.id AND b.state = 'leased')
