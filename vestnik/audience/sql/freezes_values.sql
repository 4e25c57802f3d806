-- This release freezes the values of a personal text: it may move the cursor of its audience (models/sql/personal_audiences.sql).
-- Until the end of the transaction.
SELECT set_config('vestnik.freezes_values', 'yes', true)
