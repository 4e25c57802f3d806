-- Over which gateway message m of batch b had its last outcome; null: none yet. over: the same as the log says; l.at: when
-- the log says that it was sent. What a dispatcher left unknown when it died, went over the gateway of its batch.
CASE WHEN l.at IS NOT NULL THEN {over}
     WHEN m.tries > 0 OR m.gateway_id IS NOT NULL OR m.state = {UNKNOWN}
     THEN coalesce(m.gateway_id, CASE WHEN m.tries = 0 THEN b.gateway_id END, 1::smallint) END
