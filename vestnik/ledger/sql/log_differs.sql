-- Batches whose log does not speak of each of its messages once: a message stands in it twice, is gone or in another batch,
-- or its row says something else than queued. With the entries of the log, and the messages that are sent by it. A receipt
-- writes delivered or undelivered into the row; the log goes on to say when the message was sent.
SELECT log.batch_id, log.entries, r.messages
FROM (
    SELECT batch_id, sum(cardinality(after)) AS entries FROM vestnik_outcome_log
    WHERE mailing_id = %(mailing)s GROUP BY batch_id
) log
LEFT JOIN vestnik_batch b ON b.id = log.batch_id AND b.mailing_id = %(mailing)s
CROSS JOIN LATERAL (
    SELECT count(*) AS messages FROM (
        SELECT FROM vestnik_message m
        WHERE m.mailing_id = %(mailing)s AND m.id BETWEEN b.first_id AND b.last_id AND 
              CASE WHEN m.state IN ({DELIVERED}, {UNDELIVERED}) THEN EXISTS (
                  SELECT FROM vestnik_outcome_log entry
                  WHERE entry.mailing_id = %(mailing)s AND entry.batch_id = log.batch_id
                    AND CASE WHEN m.id BETWEEN entry.first_id AND entry.last_id THEN get_bit(entry.ids, (m.id - entry.first_id)::int) = 1 ELSE false END)
              ELSE {logged_at:log.batch_id} IS NOT NULL END
        ORDER BY m.id OFFSET 0
    ) x
) r
WHERE log.entries <> r.messages
