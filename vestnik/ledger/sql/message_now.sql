-- The columns of message m of batch b as it is now, row and log together; at: when the log says that it was sent.
m.id, m.mailing_id, m.client_id, m.phone, m.created_at, coalesce(m.sent_at, {at}) AS sent_at,
CASE WHEN {at} IS NULL THEN m.not_before END AS not_before, {state_now} AS state,
m.tries + ({at} IS NOT NULL)::int AS tries, m.in_doubt AND {at} IS NULL AS in_doubt, m.recalled,
CASE WHEN {at} IS NULL THEN m.code ELSE '0' END AS code, CASE WHEN {at} IS NULL THEN m.detail END AS detail,
CASE WHEN {at} IS NULL THEN m.outcome_at END AS outcome_at
