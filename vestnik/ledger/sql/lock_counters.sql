-- Nobody moves a counter of this mailing, or freezes it, until the transaction ends: batches first, in the order of their
-- ids, then the mailing, as everybody locks.
WITH batches AS MATERIALIZED (
    SELECT id FROM vestnik_batch WHERE mailing_id = %(mailing)s ORDER BY id FOR NO KEY UPDATE
)
SELECT m.id, (SELECT count(*) FROM batches) FROM vestnik_mailing m WHERE m.id = %(mailing)s FOR NO KEY UPDATE
