-- How many messages to one phone a recall would cancel: at most one a live mailing, found as recall.sql finds them.
SELECT count(*)
FROM vestnik_mailing live
CROSS JOIN LATERAL (
    SELECT m.id, m.mailing_id, m.state FROM vestnik_message m WHERE m.mailing_id = live.id AND m.phone = %(phone)s AND m.state = {QUEUED}
) m
WHERE live.frozen_at IS NULL AND live.state IN ('running', 'paused')
  AND {logged_at_in_any:{batch_of_m}} IS NULL
