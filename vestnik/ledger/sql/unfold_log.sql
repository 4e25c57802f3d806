-- What the log of some batches says is written into the rows, where they are queued, and the log of these batches is gone.
-- For repairs: row by row there is nothing that the two could differ in.
WITH gone AS (
    DELETE FROM vestnik_outcome_log WHERE mailing_id = %(mailing)s AND batch_id = ANY (%(batches)s::bigint[])
    RETURNING mailing_id, attempt, first_id, since, ids, after, gateway_id
), entry AS (
    SELECT DISTINCT ON (id) g.mailing_id, g.first_id + n AS id, g.attempt, g.gateway_id,
           g.since + g.after[bit_count(substring(g.ids, 1, n + 1))] * interval '1 millisecond' AS at
    FROM gone g CROSS JOIN LATERAL generate_series(0, length(g.ids) - 1) n
    WHERE get_bit(g.ids, n) = 1
    ORDER BY id, at
)
UPDATE vestnik_message m
SET state = {SENT}, attempt = e.attempt, tries = m.tries + 1, sent_at = e.at, in_doubt = false, not_before = NULL,
    code = '0', detail = NULL, gateway_id = e.gateway_id
FROM entry e
WHERE m.mailing_id = e.mailing_id AND m.id = e.id AND m.state = {QUEUED}
