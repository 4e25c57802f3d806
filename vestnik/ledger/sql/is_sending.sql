-- Is message m of batch b handed over without a recorded outcome? The one expression for counters, rows and recovery.
m.state = {QUEUED}
AND b.state = 'leased'
AND m.id <= b.high_water
AND m.attempt <> b.attempt
AND (m.not_before IS NULL OR m.not_before <= b.leased_at)
