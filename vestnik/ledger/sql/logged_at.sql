-- When message m of this batch was sent, as the log says; null: the log does not say it, or the row says something else,
-- and the row is right. A look-up by the key's first two columns; LIMIT keeps it from becoming a join, which the planner
-- would do by comparing all with all (record_sent.sql). CASE keeps the order: the distance of other ids is no integer.
CASE WHEN m.state = {QUEUED} THEN (
    SELECT l.since + l.after[bit_count(substring(l.ids, 1, (m.id - l.first_id)::int + 1))] * interval '1 millisecond'
    FROM vestnik_outcome_log l
    WHERE l.mailing_id = m.mailing_id AND l.batch_id = {batch}
      AND CASE WHEN m.id BETWEEN l.first_id AND l.last_id THEN get_bit(l.ids, (m.id - l.first_id)::int) = 1 ELSE false END
    LIMIT 1
) END
