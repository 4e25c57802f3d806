-- A page of messages of one mailing, in the order of their ids, in some of the nine states.
--
-- Walks the batches in order, and only those with a counter that is wanted: no index names the state (it would cost the
-- HOT updates), and a batch is 1,000 rows at most. Sorted incrementally, so a page reads a page's worth of batches.
-- The log is asked only for rows that may be in a state that is wanted: 1,000 look-ups for a failed one cost 100 times its page.
-- No batch gives more rows than the page shows: without that, a page of 10 sorts all rows of the first batch, and looks up
-- the client of each.
SELECT m.id, m.created_at, m.sent_at, m.state AS word, m.tries, m.code, m.detail, c.id AS client, m.phone
FROM vestnik_batch b
CROSS JOIN LATERAL (
    SELECT * FROM (
        SELECT {message_now:l.at}
        FROM vestnik_message m CROSS JOIN LATERAL (SELECT {logged_at:b.id} AS at OFFSET 0) l
        WHERE m.mailing_id = %(mailing)s AND m.id BETWEEN b.first_id AND b.last_id AND m.id {beyond} %(cursor)s
          AND (%(all)s OR m.state = ANY (%(in_rows)s))
    ) now
    WHERE %(all)s OR now.state = ANY (%(states)s)
    ORDER BY now.id {order}
    LIMIT %(most)s
) m
LEFT JOIN vestnik_client c ON c.id = m.client_id
WHERE b.mailing_id = %(mailing)s AND b.{edge} {beyond} %(cursor)s
  AND (%(all)s OR {counters})
ORDER BY b.first_id {order}, m.id {order}
LIMIT %(most)s
