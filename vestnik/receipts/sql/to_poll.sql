-- The next messages behind (mailing, message) that went over a gateway and whose end is not known: the provider is asked
-- about them. The days count from when the message itself was sent, or came to be in doubt: a mailing may run for longer,
-- and send again what was unknown. Queued ones stand in the log as sent. One name is enough of a message in parts.
--
-- By batches, in the order of their ids: their counters leave out those where all have an end, mostly all of a mailing
-- that is through, and a mailing whose books are closed for longer than the days sent nothing since. LATERAL and OFFSET
-- keep the planner from reading a mailing's names whole, of which there may be ten millions, for the first few.
WITH open AS MATERIALIZED (
    SELECT b.mailing_id, b.id, b.first_id, b.last_id
    FROM vestnik_mailing x
    JOIN vestnik_batch b ON b.mailing_id = x.id
    WHERE x.started_at IS NOT NULL AND x.messages_dropped_at IS NULL
      AND (x.frozen_at IS NULL OR x.frozen_at > clock_timestamp() - make_interval(days => %(days)s))
      AND x.id >= %(mailing)s AND (b.mailing_id, b.last_id) > (%(mailing)s, %(message)s)
      AND b.queued + b.sending + b.sent + b.unknown > 0
    ORDER BY b.mailing_id, b.first_id
)
SELECT b.mailing_id, p.message_id, p.provider_id, p.phone
FROM open b
CROSS JOIN LATERAL (
    SELECT p.message_id, min(p.provider_id) AS provider_id, min(m.phone) AS phone
    FROM vestnik_provider_message p
    JOIN vestnik_message m ON m.mailing_id = p.mailing_id AND m.id = p.message_id
    WHERE p.mailing_id = b.mailing_id AND p.message_id BETWEEN b.first_id AND b.last_id AND p.gateway_id = %(gateway)s
      AND p.provider_id <> ''
      AND (p.mailing_id, p.message_id) > (%(mailing)s, %(message)s)
      AND m.state IN ({QUEUED}, {SENT}, {UNKNOWN}) AND m.phone > 0
      AND coalesce(greatest(m.sent_at, m.outcome_at, {logged_at:b.id}), m.created_at)
          > clock_timestamp() - make_interval(days => %(days)s)
    GROUP BY p.message_id
    ORDER BY p.message_id
    LIMIT %(most)s
    OFFSET 0
) p
ORDER BY b.mailing_id, b.first_id, p.message_id
LIMIT %(most)s
