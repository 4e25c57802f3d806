-- The fence: locks the batches whose lease is still this one's, in the order of their ids (no deadlock between two
-- dispatchers). A batch that does not come back was taken over; nothing is written for it.
SELECT b.id, b.recalls, b.high_water, b.last_id
FROM vestnik_batch b
JOIN unnest(%(batches)s::bigint[], %(tokens)s::bigint[]) AS held (id, token) ON b.id = held.id
WHERE b.state = 'leased' AND b.lease_token = held.token
ORDER BY b.id
FOR NO KEY UPDATE OF b
