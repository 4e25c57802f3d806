-- The next batches of one mailing of single messages, in the order of their ids, and whether each may be put together with
-- others: it is done, nothing of it is unknown, so nothing of it is ever sent again, and no transaction is open that may have
-- taken an id between its own (settled_until.sql).
SELECT id, first_id, last_id, coalesce(gateway_id, 1),
       sent + delivered + undelivered + failed + expired + cancelled,
       state = 'done' AND unknown = 0 AND bound = 0 AND due_at < to_timestamp(%(until)s)
FROM vestnik_batch
WHERE mailing_id = %(mailing)s AND first_id > %(after)s
ORDER BY first_id
LIMIT %(most)s
