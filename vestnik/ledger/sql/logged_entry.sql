-- When and over which gateway message m of this batch was sent, as the log says; no row: the log does not say it
-- (logged_at.sql). Both by one look-up.
SELECT entry.since + entry.after[bit_count(substring(entry.ids, 1, (m.id - entry.first_id)::int + 1))] * interval '1 millisecond' AS at,
       entry.gateway_id
FROM vestnik_outcome_log entry
WHERE m.state = {QUEUED} AND entry.mailing_id = {mailing} AND entry.batch_id = {batch}
  AND CASE WHEN m.id BETWEEN entry.first_id AND entry.last_id THEN get_bit(entry.ids, (m.id - entry.first_id)::int) = 1 ELSE false END
LIMIT 1
