-- Messages of the mailing are to be sent again: thaws its totals if they are frozen, and locks it, so that a cancel or a
-- freeze comes before or after, never between. No row: its state, or its end, forbids it. A paused one stays paused.
UPDATE vestnik_mailing
SET state = CASE WHEN state IN ('completed', 'expired') THEN 'running' ELSE state END,
    version = version + CASE WHEN frozen_at IS NULL THEN 0 ELSE 1 END,
    finished_at = NULL, frozen_at = NULL, totals = NULL, unknown_left = 0
WHERE id = %(mailing)s AND hidden_at IS NULL AND state IN ('running', 'paused', 'completed', 'expired')
  AND end_time > clock_timestamp() + interval '1 second'
RETURNING id
