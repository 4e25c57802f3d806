-- May messages go over this gateway? Somebody may have disabled or removed it while its dispatcher still runs. No lock: only a
-- disabled one can be removed, and that waits for what has been leased since.
(%(gateway)s = 1 OR EXISTS (
    SELECT FROM vestnik_gateway g WHERE g.id = %(gateway)s AND g.enabled AND g.removed_at IS NULL
))
