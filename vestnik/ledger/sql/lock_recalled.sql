-- Locks the batches that hold queued messages to these phones in mailings that are not over, in the order of their ids,
-- as a flush does. The messages are found by the unique key (mailing_id, phone), mailing by mailing, so that only the
-- partitions of live mailings are read.
SELECT b.id
FROM vestnik_mailing live
CROSS JOIN LATERAL (
    SELECT m.id, m.mailing_id, m.state FROM vestnik_message m
    WHERE m.mailing_id = live.id AND m.phone = ANY (%(phones)s::bigint[]) AND m.state = {QUEUED}
      AND (%(client)s::bigint IS NULL OR m.client_id = %(client)s)
) m
CROSS JOIN LATERAL (
    SELECT x.id FROM vestnik_batch x WHERE x.mailing_id = live.id AND x.first_id <= m.id
    ORDER BY x.first_id DESC LIMIT 1
) found
JOIN vestnik_batch b ON b.id = found.id
WHERE live.frozen_at IS NULL AND live.state IN ('running', 'paused') AND {logged_at_in_any:b.id} IS NULL
ORDER BY b.id
FOR NO KEY UPDATE OF b
