-- This release knows segments: it may move the cursor of an audience with one (models/sql/segment_audiences.sql). Until the end
-- of the transaction.
SELECT set_config('vestnik.knows_segments', 'yes', true)
