-- The messages of leased batches of one mailing that are still to be sent over this gateway, one row a batch: not what is
-- in doubt at another one, or held back by a Retry-After that has not passed (goes_over.sql). The stop list is looked at once more, for whatever came onto it past its own door; 1,000
-- look-ups in an index of a few pages. What is recalled or stopped is cancelled by the claim that reads this
-- (withdraw.sql), and never held.
--
-- The clients are for the log, where messages have lines in it. The texts are for single messages, which have their own.
-- Of a personal mailing its text comes, and the values of each message in one document of JSON. A message without its values
-- (they were erased) must not be sent: it would say something else.
--
-- A batch that comes back has sent some before: the log is asked for each of its messages, and only then.
--
-- As arrays: 1,000 rows of five columns are 5,000 values for Python to make one by one, two arrays are made in C. The
-- mailing is a constant, so that the planner leaves out the other partitions; the key's index gives the order.
SELECT b.batch, m.ids, m.phones, m.doubtful, m.answers, m.in_doubt, m.elsewhere, m.clients, m.stopped, m.texts, m.frozen, personal.text, personal.locale
FROM unnest(%(batches)s::bigint[], %(first)s::bigint[], %(last)s::bigint[], %(leased_at)s::timestamptz[], %(only_bound)s::boolean[])
    AS b (batch, first_id, last_id, leased_at, only_bound)
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM vestnik_outcome_log l WHERE l.mailing_id = %(mailing)s AND l.batch_id = b.batch) AS logged
) had
LEFT JOIN (
    SELECT message_text AS text, locale FROM vestnik_mailing WHERE id = %(mailing)s AND personal
) personal ON true
CROSS JOIN LATERAL (
    SELECT array_agg(id) FILTER (WHERE NOT stopped) AS ids,
           array_agg(phone) FILTER (WHERE NOT stopped) AS phones,
           array_agg(id) FILTER (WHERE NOT stopped AND doubtful) AS doubtful,
           array_agg(answers) FILTER (WHERE NOT stopped AND doubtful) AS answers,
           array_agg(in_doubt) FILTER (WHERE NOT stopped AND doubtful) AS in_doubt,
           array_agg(elsewhere) FILTER (WHERE NOT stopped AND doubtful) AS elsewhere,
           array_agg(client_id) FILTER (WHERE NOT stopped AND %(named)s) AS clients,
           array_agg(id) FILTER (WHERE stopped) AS stopped,
           array_agg(field_values->>'text') FILTER (WHERE NOT stopped AND %(own_texts)s) AS texts,
           json_agg(field_values) FILTER (WHERE NOT stopped AND personal.text IS NOT NULL)::text AS frozen
    FROM (
        SELECT id, phone, client_id, field_values, answers, in_doubt, {doubt_elsewhere} AS elsewhere, answers > 0 OR in_doubt AS doubtful,
               recalled IS NOT NULL OR (personal.text IS NOT NULL AND field_values IS NULL) OR EXISTS (SELECT FROM vestnik_stoppedphone s WHERE s.phone_number = phone) AS stopped
        FROM vestnik_message m
        WHERE mailing_id = %(mailing)s AND id BETWEEN b.first_id AND b.last_id AND state = {QUEUED}
          AND {goes_over_this}
          AND CASE WHEN had.logged THEN {logged_at:b.batch} IS NULL ELSE true END
        ORDER BY id
    ) queued
) m
