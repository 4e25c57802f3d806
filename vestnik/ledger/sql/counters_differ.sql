-- Proves counters = rows for one mailing, in one statement and so in one snapshot: gives back each batch whose counters
-- are not what its rows say, with both, in the order of MESSAGE_STATES; each that is ready with nothing to send (it would
-- never be done); and one line without a batch when rows belong to none. Reads every row of the mailing: for a check by hand, never for a request.
WITH counted AS (
    SELECT b.id, b.first_id, b.state,
           ARRAY[{counters:b.*}] AS counters, ARRAY[{counters:r.*}] AS rows
    {file:counted_batches}
      AND NOT EXISTS (SELECT FROM vestnik_mailing x WHERE x.id = %(mailing)s AND x.messages_dropped_at IS NOT NULL)
), orphans AS (
    SELECT count(*) AS rows
    FROM vestnik_message m
    WHERE m.mailing_id = %(mailing)s
      AND NOT EXISTS (
        SELECT FROM (
            SELECT x.last_id FROM vestnik_batch x WHERE x.mailing_id = %(mailing)s AND x.first_id <= m.id
            ORDER BY x.first_id DESC LIMIT 1
        ) b WHERE m.id <= b.last_id)
)
SELECT id, state, counters, rows FROM counted WHERE counters <> rows OR (state = 'ready' AND rows[1] = 0)
UNION ALL
SELECT NULL, NULL, NULL, ARRAY[o.rows] FROM orphans o WHERE o.rows > 0
