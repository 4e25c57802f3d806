-- Batches of mailings whose partition was dropped, some at a time: a hundred thousand in one statement would bloat.
WITH gone AS MATERIALIZED (
    SELECT b.id FROM vestnik_mailing m JOIN vestnik_batch b ON b.mailing_id = m.id
    WHERE m.messages_dropped_at IS NOT NULL
    LIMIT %(most)s
), others AS (
    DELETE FROM vestnik_batchgateway o USING gone WHERE o.batch_id = gone.id
)
DELETE FROM vestnik_batch b USING gone WHERE b.id = gone.id
