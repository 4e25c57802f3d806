-- Locks batches that are to be put together, in the order of their ids, as everybody locks. One that has changed since does
-- not come back: an operator may have decided, or somebody else has put it together.
SELECT id FROM vestnik_batch
WHERE id = ANY (%(batches)s::bigint[]) AND state = 'done' AND unknown = 0 AND bound = 0
ORDER BY id FOR UPDATE
