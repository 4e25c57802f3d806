-- Under the row lock, with a snapshot taken after it: nothing is queued or sending, so the totals are frozen.
-- Expired means: ended with at least one expired message.
WITH sums AS (
    SELECT {final_counters:coalesce(sum(*), 0) AS *}
    FROM vestnik_batch WHERE mailing_id = %(mailing)s
)
UPDATE vestnik_mailing m
SET state = CASE WHEN m.state = 'cancelled' THEN 'cancelled' WHEN sums.expired > 0 THEN 'expired' ELSE 'completed' END,
    finished_at = coalesce(m.finished_at, clock_timestamp()),
    frozen_at = clock_timestamp(),
    pause_code = '', pause_answer = '', pause_detail = '', pause_reason = '',
    version = m.version + 1,
    totals = jsonb_build_object('queued', 0, 'sending', 0, {final_counters:'*', sums.*})
FROM sums
WHERE m.id = %(mailing)s
  AND NOT EXISTS (SELECT FROM vestnik_batch b WHERE b.mailing_id = m.id AND b.state = 'ready')
  AND NOT EXISTS (SELECT FROM vestnik_batch b WHERE b.mailing_id = m.id AND b.state = 'leased')
RETURNING m.state
