-- The messages of an earlier mailing with some outcomes, after an id: their ids and phones, in the order of their ids.
-- Batch by batch, and only those that have such messages by their counters (messages_page.sql says why). The log is asked
-- only where "sent" is wanted: the rows say everything else. LIMIT or nothing may follow it. ``up_to`` ends it at an id, if
-- it is a slice.
SELECT m.id, m.phone
FROM vestnik_batch b
CROSS JOIN LATERAL (
    SELECT m.id, m.phone, {state_now:l.at} AS state, CASE WHEN l.at IS NULL THEN m.code ELSE '0' END AS code
    FROM vestnik_message m CROSS JOIN LATERAL (SELECT {logged_at_in_any:b.id} AS at OFFSET 0) l
    WHERE m.mailing_id = %(earlier)s AND m.id BETWEEN b.first_id AND b.last_id AND m.id > %(after)s{up_to:m.id}
      AND m.state = ANY (%(earlier_in_rows)s)
    ORDER BY m.id OFFSET 0
) m
WHERE b.mailing_id = %(earlier)s AND b.last_id > %(after)s{up_to:b.first_id} AND ({earlier_counters})
  AND m.state = ANY (%(earlier_states)s)
  AND (%(earlier_codes)s::text[] IS NULL OR coalesce(m.code, '') = ANY (%(earlier_codes)s::text[]))
ORDER BY b.first_id, m.id
