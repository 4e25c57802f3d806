-- Takes outcomes of messages out of the outbox, the oldest first: their events are written in the same transaction.
-- Several processes may do so at once.
DELETE FROM vestnik_webhook_outcome o
USING (
    SELECT id FROM vestnik_webhook_outcome ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED
) oldest
WHERE o.id = oldest.id
RETURNING o.mailing_id, o.state, o.at, o.ids, o.first_id, o.bits::text
