-- Receipts that could not be applied are kept for a while.
DELETE FROM vestnik_receipt WHERE id IN (
    SELECT id FROM vestnik_receipt
    WHERE verdict <> '' AND received_at < clock_timestamp() - make_interval(days => %(days)s) LIMIT %(most)s
)
