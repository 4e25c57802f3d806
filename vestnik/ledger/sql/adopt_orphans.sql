-- Messages that belong to no batch get one. Nobody knows whether such a message was handed over, so what is queued of
-- them becomes unknown, for an operator to decide. A batch must not overlap another, so rows are grouped by the gap that
-- they lie in; with a send window a batch has one time zone, so each row is a batch of its own.
WITH orphans AS MATERIALIZED (
    SELECT m.id, before.first_id AS gap,
           CASE WHEN mailing.send_window_from IS NULL THEN 0 ELSE m.id END AS slice,
           CASE WHEN mailing.send_window_from IS NULL THEN NULL ELSE c.timezone END AS timezone
    FROM vestnik_mailing mailing
    JOIN vestnik_message m ON m.mailing_id = mailing.id
    LEFT JOIN LATERAL (
        SELECT x.first_id, x.last_id FROM vestnik_batch x WHERE x.mailing_id = %(mailing)s AND x.first_id <= m.id
        ORDER BY x.first_id DESC LIMIT 1
    ) before ON true
    LEFT JOIN vestnik_client c ON c.id = m.client_id
    WHERE mailing.id = %(mailing)s AND m.mailing_id = %(mailing)s AND (before.last_id IS NULL OR m.id > before.last_id)
), doubtful AS (
    UPDATE vestnik_message m
    SET state = {UNKNOWN}, in_doubt = true, gateway_id = 0, not_before = NULL, outcome_at = clock_timestamp(), code = 'orphan',
        detail = 'it belonged to no batch: nobody knows whether it was handed to the gateway'
    FROM orphans o
    WHERE m.mailing_id = %(mailing)s AND m.id = o.id AND m.state = {QUEUED}
    RETURNING m.mailing_id, m.id, m.state
), {tell:doubtful}, adopted AS (
    INSERT INTO vestnik_batch (mailing_id, first_id, last_id, timezone, due_at, state)
    SELECT %(mailing)s, min(id), max(id), max(timezone), now(), 'done' FROM orphans GROUP BY gap, slice
    RETURNING id
)
SELECT (SELECT count(*) FROM orphans), (SELECT count(*) FROM doubtful), (SELECT count(*) FROM adopted)
