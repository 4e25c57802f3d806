-- A page of messages of one mailing, in the order of their ids, in some of the nine states.
--
-- Walks the batches in order, and only those with a counter that is wanted: no index names the state (it would cost the
-- HOT updates), and a batch is 1,000 rows at most. Sorted incrementally, so a page reads a page's worth of batches.
-- The log is asked only for rows that may be in a state that is wanted: 1,000 look-ups for a failed one cost 100 times its page.
-- A batch whose codes were counted (count_outcomes.sql) is left out if it has not the one that is wanted.
-- No batch gives more rows than the page shows: without that, a page of 10 sorts all rows of the first batch, and looks up
-- the client of each.
SELECT m.id, m.created_at, m.sent_at, m.outcome_at, m.state AS word, m.tries, m.code, m.detail, c.id AS client, m.phone,
       (SELECT g.name FROM vestnik_gateway g WHERE g.id = m.gateway), m.parts
FROM vestnik_batch b
CROSS JOIN LATERAL (SELECT {only_over} AS only_over OFFSET 0) o
CROSS JOIN LATERAL (
    SELECT * FROM (
        SELECT {message_now:l.at}, {gateway_of_many} AS gateway, {parts_now} AS parts
        FROM vestnik_message m CROSS JOIN LATERAL (SELECT {logged_at:b.id} AS at OFFSET 0) l
        WHERE m.mailing_id = %(mailing)s AND m.id BETWEEN b.first_id AND b.last_id AND m.id {beyond} %(cursor)s
          AND (%(all)s OR m.state = ANY (%(in_rows)s))
    ) now
    WHERE (%(all)s OR now.state = ANY (%(states)s)) AND (%(code)s::text IS NULL OR coalesce(now.code, '') = %(code)s)
    ORDER BY now.id {order}
    LIMIT %(most)s
) m
LEFT JOIN vestnik_client c ON c.id = m.client_id
WHERE b.mailing_id = %(mailing)s AND b.{edge} {beyond} %(cursor)s
  AND (%(all)s OR {counters}) AND {may_have_code}
ORDER BY b.first_id {order}, m.id {order}
LIMIT %(most)s
