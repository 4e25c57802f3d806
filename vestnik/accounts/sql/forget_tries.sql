-- Sweeps a few old rows away with each new try: more than it adds. Those that another try sweeps are left to it.
DELETE FROM vestnik_tries WHERE bucket IN (
    SELECT bucket FROM vestnik_tries WHERE began_at < clock_timestamp() - interval '1 day'
    ORDER BY began_at LIMIT 20 FOR UPDATE SKIP LOCKED
)
