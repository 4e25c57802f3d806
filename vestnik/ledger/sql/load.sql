-- The messages of leased batches of one mailing that are still to be sent, one row a batch. A Retry-After that has not
-- passed holds its message back. The stop list is looked at once more, for whatever came onto it past its own door; 1,000
-- look-ups in an index of a few pages. What is recalled or stopped is cancelled by the claim that reads this
-- (withdraw.sql), and never held.
--
-- The clients are for the log, where messages have lines in it.
--
-- A batch that comes back has sent some before: the log is asked for each of its messages, and only then.
--
-- As arrays: 1,000 rows of five columns are 5,000 values for Python to make one by one, two arrays are made in C. The
-- mailing is a constant, so that the planner leaves out the other partitions; the key's index gives the order.
SELECT b.batch, m.ids, m.phones, m.doubtful, m.answers, m.in_doubt, m.clients, m.stopped
FROM unnest(%(batches)s::bigint[], %(first)s::bigint[], %(last)s::bigint[], %(leased_at)s::timestamptz[])
    AS b (batch, first_id, last_id, leased_at)
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM vestnik_outcome_log l WHERE l.mailing_id = %(mailing)s AND l.batch_id = b.batch) AS logged
) had
CROSS JOIN LATERAL (
    SELECT array_agg(id) FILTER (WHERE NOT stopped) AS ids,
           array_agg(phone) FILTER (WHERE NOT stopped) AS phones,
           array_agg(id) FILTER (WHERE NOT stopped AND doubtful) AS doubtful,
           array_agg(answers) FILTER (WHERE NOT stopped AND doubtful) AS answers,
           array_agg(in_doubt) FILTER (WHERE NOT stopped AND doubtful) AS in_doubt,
           array_agg(client_id) FILTER (WHERE NOT stopped AND %(named)s) AS clients,
           array_agg(id) FILTER (WHERE stopped) AS stopped
    FROM (
        SELECT id, phone, client_id, answers, in_doubt, answers > 0 OR in_doubt AS doubtful,
               recalled IS NOT NULL OR EXISTS (SELECT FROM vestnik_stoppedphone s WHERE s.phone_number = phone) AS stopped
        FROM vestnik_message m
        WHERE mailing_id = %(mailing)s AND id BETWEEN b.first_id AND b.last_id AND state = {QUEUED}
          AND (not_before IS NULL OR not_before <= b.leased_at)
          AND CASE WHEN had.logged THEN {logged_at:b.batch} IS NULL ELSE true END
        ORDER BY id
    ) queued
) m
