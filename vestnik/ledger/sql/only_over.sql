-- The only gateway in the log of batch b; null: it has several, or no log. Where there is one, the log need not be asked for
-- the gateway of each message.
(SELECT CASE WHEN min(coalesce(entry.gateway_id, 1)) = max(coalesce(entry.gateway_id, 1)) THEN min(coalesce(entry.gateway_id, 1)) END
 FROM vestnik_outcome_log entry
 WHERE entry.mailing_id = %(mailing)s AND entry.batch_id = b.id)
