-- When message m of this batch was sent, as the log says; null: the log does not say it, or the row says something else,
-- and the row is right. A look-up by the key's first two columns; LIMIT keeps it from becoming a join, which the planner
-- would do by comparing all with all (record_sent.sql), and the order keeps it from reading the whole log for its first row. CASE keeps the order: the distance of other ids is no integer.
CASE WHEN m.state = {QUEUED} THEN (
    SELECT entry.since + entry.after[bit_count(substring(entry.ids, 1, (m.id - entry.first_id)::int + 1))] * interval '1 millisecond'
    FROM vestnik_outcome_log entry
    WHERE entry.mailing_id = {mailing} AND entry.batch_id = {batch}
      AND CASE WHEN m.id BETWEEN entry.first_id AND entry.last_id THEN get_bit(entry.ids, (m.id - entry.first_id)::int) = 1 ELSE false END
    ORDER BY entry.attempt, entry.flush
    LIMIT 1
) END
