-- Nobody writes an outcome of these batches until the transaction ends. In the order of their ids, as everybody locks.
SELECT id FROM vestnik_batch WHERE id = ANY (%(batches)s::bigint[]) ORDER BY id FOR NO KEY UPDATE
