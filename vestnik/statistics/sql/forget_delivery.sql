-- What deleted batches have given to the counts of their mailings. The counts stay.
DELETE FROM vestnik_batchdelivery d WHERE NOT EXISTS (SELECT FROM vestnik_batch b WHERE b.id = d.batch_id)
