-- The next messages behind (mailing, message) that went over a gateway and whose end is not known, of the last days: the
-- provider is asked about them. Queued ones stand in the log as sent. One name is enough of a message in parts.
SELECT p.mailing_id, p.message_id, min(p.provider_id), min(m.phone)
FROM vestnik_mailing x
JOIN vestnik_provider_message p ON p.mailing_id = x.id
JOIN vestnik_message m ON m.mailing_id = p.mailing_id AND m.id = p.message_id
WHERE x.started_at > clock_timestamp() - make_interval(days => %(days)s) AND x.messages_dropped_at IS NULL
  AND p.gateway_id = %(gateway)s AND (p.mailing_id, p.message_id) > (%(mailing)s, %(message)s)
  AND m.state IN ({QUEUED}, {SENT}, {UNKNOWN}) AND m.phone > 0
GROUP BY p.mailing_id, p.message_id
ORDER BY p.mailing_id, p.message_id
LIMIT %(most)s
