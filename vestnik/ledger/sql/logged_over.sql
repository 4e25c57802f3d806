-- Over which gateway message m of this batch was sent, as the log says; null: the log does not say it (logged_at.sql).
CASE WHEN m.state = {QUEUED} THEN (
    SELECT coalesce(entry.gateway_id, 1::smallint)
    FROM vestnik_outcome_log entry
    WHERE entry.mailing_id = {mailing} AND entry.batch_id = {batch}
      AND CASE WHEN m.id BETWEEN entry.first_id AND entry.last_id THEN get_bit(entry.ids, (m.id - entry.first_id)::int) = 1 ELSE false END
    LIMIT 1
) END
