-- Is any other gateway in use? Up or not, out or not, and whatever the rules say: this is the one condition under which a
-- gateway that refuses us is out (take_out.sql), and not its mailings paused (pause_refused.sql).
EXISTS (
    SELECT FROM vestnik_gatewaystate other LEFT JOIN vestnik_gateway og ON og.id = other.id
    WHERE other.id <> %(gateway)s AND (other.id = 1 OR (og.enabled AND og.removed_at IS NULL))
)
