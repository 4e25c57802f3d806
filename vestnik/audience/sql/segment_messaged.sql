-- Was client c sent anything since a time? By the unique key (mailing_id, phone) of the mailings of that time: an index over all
-- messages by phone, or a column that each message writes, would cost every message that is sent. A message that is still
-- queued will be sent, so it counts; one that failed, expired or was cancelled does not.
EXISTS (
    SELECT FROM vestnik_message m
    WHERE m.mailing_id = ANY (%({part}_mailings)s::bigint[]) AND m.phone = c.phone_number
      AND m.created_at >= %({part}_messages_from)s::timestamptz AND m.state NOT IN ({FAILED}, {EXPIRED}, {CANCELLED})
)
