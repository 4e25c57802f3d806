-- Whether a mailing may be over, without a lock: asked after each flush that ended a batch, and mostly it is not. Whoever
-- ends the last batch sees all the others ended, since it asks after its own commit.
SELECT m.id FROM vestnik_mailing m
WHERE m.id = %(mailing)s AND m.frozen_at IS NULL
  AND (m.state = 'cancelled' OR (m.state IN ('running', 'paused') AND m.prepared_at IS NOT NULL))
  AND NOT EXISTS (SELECT FROM vestnik_batch b WHERE b.mailing_id = m.id AND b.state = 'ready')
  AND NOT EXISTS (SELECT FROM vestnik_batch b WHERE b.mailing_id = m.id AND b.state = 'leased')
