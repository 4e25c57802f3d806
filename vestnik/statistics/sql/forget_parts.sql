-- The parts of batches that were deleted.
DELETE FROM vestnik_batchparts k WHERE NOT EXISTS (SELECT FROM vestnik_batch b WHERE b.id = k.batch_id)
