-- Was message m of batch b granted to the holder of its lease, and does its row say nothing of an outcome? It is sending
-- if the log says nothing either. What the lease's gateway must not send, the holder does not have (load.sql).
m.state = {QUEUED}
AND b.state = 'leased'
AND m.id <= b.high_water
AND m.attempt <> b.attempt
AND {goes_over}
