-- All batches of a piece of receipts in the order of their ids, as a flush locks them, whatever mailing they are of; and
-- then their mailings: a freeze at the same moment would sum the counters from before. Nothing else is locked before: names of
-- messages, too, are written under the lock of their batch.
WITH batches AS MATERIALIZED (
    SELECT id FROM vestnik_batch WHERE id = ANY (%(batches)s::bigint[]) ORDER BY id FOR NO KEY UPDATE
)
SELECT m.id FROM vestnik_mailing m
WHERE m.id = ANY (%(mailings)s::bigint[]) AND (SELECT count(*) FROM batches) > 0
ORDER BY m.id FOR NO KEY UPDATE
