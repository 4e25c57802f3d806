-- The window of a time zone is closed: its batches that nobody holds wait for the next opening, all of them at once,
-- instead of being leased and given back one by one. Batches that another dispatcher is just leasing are its business.
WITH closed AS (
    SELECT id FROM vestnik_batch
    WHERE mailing_id = %(mailing)s AND state = 'ready' AND timezone = %(timezone)s
      AND due_at < to_timestamp(%(reopens)s)
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE vestnik_batch b SET due_at = to_timestamp(%(reopens)s) FROM closed WHERE b.id = closed.id
