-- The unknown messages of one batch are queued again, by an operator's decision. Runs under the batch's lock (taken by
-- the statement before) and the stop list's shared advisory lock, so a phone cannot enter the list unseen.
--
-- - in_doubt stays: should no definite answer come, the message ends as unknown, never as expired, cancelled or failed.
-- - attempt = the batch's: in a batch that is leased just now the row is not *sending*, for its holder does not have it.
--   It stays queued when the lease is given back, and the next one loads it.
-- - It goes over the same gateway, which may know it again; over any, where that one is not in use any more.
-- - answers = 0: the budget of definite answers starts anew.
-- - Who is on the stop list, was deleted from the directory, or whose number was erased, is left unknown.
WITH batch AS MATERIALIZED (
    SELECT * FROM vestnik_batch WHERE id = %(batch)s
), picked AS MATERIALIZED (  -- first, in the order of their ids: settle_in_doubt.sql says why
    SELECT m.mailing_id, m.id, batch.attempt
    FROM batch CROSS JOIN LATERAL (
        SELECT * FROM vestnik_message m
        WHERE m.mailing_id = %(mailing)s AND m.id BETWEEN batch.first_id AND batch.last_id AND m.state = {UNKNOWN}
        ORDER BY m.id OFFSET 0
    ) m
), there AS MATERIALIZED (
    SELECT array_agg(s.id) AS ids FROM vestnik_gatewaystate s LEFT JOIN vestnik_gateway g ON g.id = s.id
    WHERE (s.id = 1 OR (g.enabled AND g.removed_at IS NULL)) AND s.out_at IS NULL
), again AS (
    UPDATE vestnik_message m
    SET state = {QUEUED}, attempt = p.attempt, answers = 0, in_doubt = true, not_before = NULL,
        gateway_id = CASE WHEN coalesce(m.gateway_id, 1) <> ALL (there.ids) THEN 0 ELSE m.gateway_id END, recalled = NULL
    FROM picked p CROSS JOIN there
    WHERE m.mailing_id = p.mailing_id AND m.id = p.id AND m.state = {UNKNOWN}
      AND m.recalled IS DISTINCT FROM 'client_deleted' AND m.phone > 0
      AND NOT EXISTS (SELECT FROM vestnik_stoppedphone s WHERE s.phone_number = m.phone)
    RETURNING m.id, m.state, m.client_id, m.phone
), counted AS (
    SELECT count(*) AS rows FROM again
)
UPDATE vestnik_batch b
SET queued = b.queued + c.rows,
    unknown = b.unknown - c.rows,
    state = CASE WHEN b.state = 'done' AND c.rows > 0 THEN 'ready' ELSE b.state END,
    retries = CASE WHEN b.state = 'done' THEN 0 ELSE b.retries END,
    due_at = CASE WHEN b.state = 'done' THEN clock_timestamp() ELSE b.due_at END
FROM counted c
WHERE b.id = %(batch)s
RETURNING c.rows, b.unknown, (SELECT array_agg(ARRAY[id, state, client_id, phone] ORDER BY id) FROM again)
