-- Frozen totals that are wrong are thawed; whoever finishes the mailing next (at once, when nothing is queued) sums anew.
UPDATE vestnik_mailing
SET frozen_at = NULL, totals = NULL, version = version + 1,
    state = CASE WHEN state = 'cancelled' THEN 'cancelled' ELSE 'running' END
WHERE id = %(mailing)s AND frozen_at IS NOT NULL
RETURNING id
