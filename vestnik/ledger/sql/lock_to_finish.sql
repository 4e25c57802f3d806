-- The mailing's row lock: a chunk of the audience, an edit and a finish exclude each other.
SELECT id FROM vestnik_mailing
WHERE id = %(mailing)s AND frozen_at IS NULL
  AND (state = 'cancelled' OR (state IN ('running', 'paused') AND prepared_at IS NOT NULL))
FOR NO KEY UPDATE
