-- Recalls the queued messages to some phones in all live mailings. Runs after lock_recalled.sql in the same transaction,
-- so nobody else moves these rows or the counters of their batches, and under the stop list's exclusive advisory lock,
-- so no audience, and no resend, makes new ones meanwhile.
--
-- The protocol between a recall and the dispatcher that holds the batch:
--
-- 1. A row that is not *sending* (a ready batch, or above the committed high-water mark) is cancelled here, at once;
--    where an earlier attempt may have been delivered it becomes unknown. The counters move by the rows that changed.
-- 2. A row that is sending may be on the network, or wait in the holder's memory. It stays queued and is only marked
--    (recalled). What its holder then does is in vestnik/dispatch/recalls.py: it cancels the row if it was not handed
--    over, and else lets the answer decide. record_others.sql never queues a marked row again, settle_in_doubt.sql makes
--    it unknown, load.sql does not load it.
-- 3. Either way the batch's number of recalls grows. The holder reads that number, under the batch's lock, at the start
--    of each flush (lock_held.sql). When it grew, the flush grants no id of the batch, for it might be one that was
--    cancelled here, and the holder is told which ids are still to be sent before it hands over anything more.
--
-- A flush every 250 ms, and no hand-over on one older than 500 ms: half a second after a recall has returned nothing of
-- these phones is handed over.
WITH hit AS MATERIALIZED (
    SELECT m.mailing_id, m.id, b.id AS batch_id, ({is_sending}) AS sending
    FROM vestnik_mailing live
    CROSS JOIN LATERAL (
        SELECT * FROM vestnik_message x
        WHERE x.mailing_id = live.id AND x.phone = ANY (%(phones)s::bigint[]) AND x.state = {QUEUED}
          AND (%(client)s::bigint IS NULL OR x.client_id = %(client)s)
    ) m
    CROSS JOIN LATERAL (
        SELECT * FROM vestnik_batch x WHERE x.mailing_id = live.id AND x.first_id <= m.id
        ORDER BY x.first_id DESC LIMIT 1
    ) b
    WHERE live.frozen_at IS NULL AND live.state IN ('running', 'paused') AND {logged_at_in_any:b.id} IS NULL
), recalled AS (
    UPDATE vestnik_message m
    SET recalled = %(code)s,
        state = CASE WHEN hit.sending THEN {QUEUED} WHEN m.in_doubt THEN {UNKNOWN} ELSE {CANCELLED} END,
        code = CASE WHEN hit.sending OR m.in_doubt THEN m.code ELSE %(code)s END,
        detail = CASE WHEN hit.sending OR m.in_doubt THEN m.detail ELSE %(detail)s END,
        not_before = CASE WHEN hit.sending THEN m.not_before END,
        outcome_at = CASE WHEN hit.sending THEN m.outcome_at ELSE clock_timestamp() END
    FROM hit
    WHERE m.mailing_id = hit.mailing_id AND m.id = hit.id AND m.state = {QUEUED}
    RETURNING hit.batch_id, m.mailing_id, m.id, m.state, m.client_id, m.phone, m.gateway_id
), doubtful AS (
    SELECT gateway_id, state, '' AS code FROM recalled WHERE state = {UNKNOWN}
), counted AS (
    SELECT batch_id,
           count(*) FILTER (WHERE state = {QUEUED}) AS sending,
           count(*) FILTER (WHERE state = {CANCELLED}) AS cancelled,
           count(*) FILTER (WHERE state = {UNKNOWN}) AS unknown
    FROM recalled GROUP BY batch_id
), {tell:recalled}, {noted:doubtful}, moved AS (
    UPDATE vestnik_batch b
    SET queued = b.queued - c.cancelled - c.unknown,
        cancelled = b.cancelled + c.cancelled,
        unknown = b.unknown + c.unknown,
        recalls = b.recalls + 1,
        state = {done_unless_leased_if:b.queued - c.cancelled - c.unknown = 0}
    FROM counted c
    WHERE b.id = c.batch_id
    RETURNING b.mailing_id, b.id, c.cancelled, c.unknown, c.sending, {worth_folding:b.mailing_id} AS worth_folding
)
SELECT coalesce(sum(cancelled), 0)::bigint, coalesce(sum(unknown), 0)::bigint, coalesce(sum(sending), 0)::bigint,
       (SELECT array_agg(ARRAY[mailing_id, batch_id, id, state, client_id, phone] ORDER BY id) FROM recalled),
       array_agg(ARRAY[mailing_id, id]) FILTER (WHERE worth_folding),
       pg_notify('vestnik', 'recall')
FROM moved
