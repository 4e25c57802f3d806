-- What was counted of batches that retention has deleted since. Batches are asked for by their key, one by one.
DELETE FROM vestnik_batchoutcomes o WHERE NOT EXISTS (SELECT FROM vestnik_batch b WHERE b.id = o.batch_id)
