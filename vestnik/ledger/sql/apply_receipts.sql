-- What receipts say moves messages of one mailing: sent to delivered or undelivered, and unknown (or queued in doubt,
-- while nobody holds the batch) to whatever the receipt says. Nothing else moves. Gives back for each message what came
-- of its receipt: moved; same: it said nothing new; early: its outcome is not written yet, or a split has just moved it into
-- another batch, so the receipt waits; foreign: it went over another gateway, to whatever end it came; contradiction: it had come
-- to another end.
--
-- In doubt over a gateway that is not in use any more (0, resend_unknown.sql): whichever gateway knows it, had it. 0 also if it
-- came to its end before any gateway had it: nobody's receipt is foreign then, all contradict.
--
-- at: when it came to that. The provider's clock may be behind, and its time may be anything: none is before the message was sent,
-- or made if the receipt is the first to say that it was sent. A millisecond after the sending, since the same moment means that
-- it is not known how long it took (count_delivery.sql).
--
-- The locks of lock_for_receipts.sql are held, so the messages need none of their own: who changes a state locks the batch.
-- Counters move by the rows that changed: the batch's, those of the gateway
-- that had the message before the batch went on over another one, and the mailing's where they are frozen. That gateway may
-- have none yet: all that it had of the batch was queued in doubt. What was unknown over none (0) was not among its own.
-- The receipts must count as few for the planner (record_sent.sql).
WITH given AS MATERIALIZED (
    SELECT *, %(mailing)s::bigint AS mailing_id
    FROM unnest((SELECT %(id)s::bigint[]), (SELECT %(batch)s::bigint[]), %(gateway)s::smallint[], %(target)s::smallint[],
                         %(code)s::text[], %(words)s::text[], %(said)s::float8[], %(received)s::float8[])
        AS g (id, batch_id, gateway_id, target, code, words, said, received)
    WHERE id > 0 AND batch_id > 0
), before AS MATERIALIZED (
    SELECT g.*, b.state AS batch_state, m.id BETWEEN b.first_id AND b.last_id AS is_there, l.at AS logged_at, m.in_doubt,
           m.in_doubt AND m.gateway_id <> 0 AS is_bound, m.state AS row_state,
           CASE WHEN l.at IS NULL THEN m.state ELSE {SENT} END AS was,
           coalesce(CASE WHEN l.at IS NULL THEN m.gateway_id ELSE l.gateway_id END,
                    CASE WHEN m.state IN ({FAILED}, {EXPIRED}, {CANCELLED}) AND m.tries = 0 THEN 0 END,
                    CASE WHEN m.state = {UNKNOWN} AND m.tries = 0 THEN b.gateway_id END, 1) AS went_over,
           greatest(a.earliest, CASE WHEN to_timestamp(g.said) >= a.earliest - make_interval(secs => %(tolerance)s)
                                     THEN to_timestamp(g.said) ELSE to_timestamp(g.received) END) AS at
    FROM given g
    JOIN vestnik_message m ON m.mailing_id = g.mailing_id AND m.id = g.id
    JOIN vestnik_batch b ON b.id = g.batch_id
    LEFT JOIN LATERAL ({logged_entry:g.batch_id}) l ON true
    CROSS JOIN LATERAL (SELECT coalesce(coalesce(m.sent_at, l.at) + interval '1 millisecond', m.created_at) AS earliest) a
), judged AS MATERIALIZED (
    SELECT *, CASE
        WHEN NOT is_there OR (was = {QUEUED} AND NOT (in_doubt AND batch_state = 'ready')) THEN 'early'
        WHEN went_over NOT IN (0, gateway_id) THEN 'foreign'
        WHEN was IN ({QUEUED}, {UNKNOWN}) THEN 'moved'
        WHEN was = {SENT} AND target <> {SENT} THEN 'moved'
        WHEN was = target OR (was IN ({DELIVERED}, {UNDELIVERED}) AND target = {SENT}) THEN 'same'
        ELSE 'contradiction' END AS verdict
    FROM before
), moved AS (
    UPDATE vestnik_message m
    SET state = j.target, in_doubt = false, not_before = NULL, gateway_id = j.gateway_id,
        tries = m.tries + (j.logged_at IS NOT NULL)::int,
        sent_at = coalesce(m.sent_at, j.logged_at, j.at),
        outcome_at = j.at,
        code = CASE WHEN j.target = {UNDELIVERED} THEN j.code ELSE '0' END,
        detail = CASE WHEN j.target = {UNDELIVERED} THEN j.words END
    FROM judged j
    WHERE j.verdict = 'moved' AND m.mailing_id = j.mailing_id AND m.id = j.id AND m.state = j.row_state
    RETURNING j.batch_id, j.gateway_id, j.was, j.went_over, j.target, j.is_bound, m.mailing_id, m.id, m.state
), {tell:moved}, counted AS MATERIALIZED (
    SELECT batch_id, gateway_id, count(*) FILTER (WHERE was = {QUEUED}) AS from_queued,
           count(*) FILTER (WHERE was = {QUEUED} AND is_bound) AS from_bound,
           count(*) FILTER (WHERE was = {SENT}) AS from_sent, count(*) FILTER (WHERE was = {UNKNOWN}) AS from_unknown,
           count(*) FILTER (WHERE was = {UNKNOWN} AND went_over <> 0) AS from_unknown_here,
           count(*) FILTER (WHERE target = {SENT}) AS sent, count(*) FILTER (WHERE target = {DELIVERED}) AS delivered,
           count(*) FILTER (WHERE target = {UNDELIVERED}) AS undelivered
    FROM moved GROUP BY batch_id, gateway_id
), batches AS (
    UPDATE vestnik_batch b
    SET queued = b.queued - c.from_queued, unknown = b.unknown - c.from_unknown, sent = b.sent - c.from_sent + c.sent,
        delivered = b.delivered + c.delivered, undelivered = b.undelivered + c.undelivered,
        bound = greatest(0, b.bound - c.from_bound),
        state = {done_unless_leased_if:b.queued - c.from_queued = 0}
    FROM (SELECT batch_id, sum(from_queued)::int AS from_queued, sum(from_bound)::int AS from_bound,
                 sum(from_sent)::int AS from_sent, sum(from_unknown)::int AS from_unknown, sum(sent)::int AS sent, sum(delivered)::int AS delivered,
                 sum(undelivered)::int AS undelivered FROM counted GROUP BY batch_id) c
    WHERE b.id = c.batch_id
    RETURNING b.id, CASE WHEN c.from_queued > 0 THEN {worth_folding:%(mailing)s} ELSE false END AS worth_folding
), parts AS (
    INSERT INTO vestnik_batchgateway AS o (batch_id, gateway_id, mailing_id, sent, delivered, undelivered, failed, unknown)
    SELECT c.batch_id, c.gateway_id, %(mailing)s, c.sent - c.from_sent, c.delivered, c.undelivered, 0, -c.from_unknown_here
    FROM counted c JOIN vestnik_batch b ON b.id = c.batch_id
    WHERE c.gateway_id <> coalesce(b.gateway_id, 1)
    ON CONFLICT (batch_id, gateway_id) DO UPDATE
    SET unknown = o.unknown + excluded.unknown, sent = o.sent + excluded.sent,
        delivered = o.delivered + excluded.delivered, undelivered = o.undelivered + excluded.undelivered
), totals AS (
    UPDATE vestnik_mailing m
    SET totals = m.totals || jsonb_build_object(
            'unknown', (m.totals->>'unknown')::bigint - c.from_unknown,
            'sent', (m.totals->>'sent')::bigint - c.from_sent + c.sent,
            'delivered', (m.totals->>'delivered')::bigint + c.delivered,
            'undelivered', (m.totals->>'undelivered')::bigint + c.undelivered)
    FROM (SELECT sum(from_unknown) AS from_unknown, sum(from_sent) AS from_sent, sum(sent) AS sent,
                 sum(delivered) AS delivered, sum(undelivered) AS undelivered FROM counted) c
    WHERE m.id = %(mailing)s AND m.frozen_at IS NOT NULL AND c.sent IS NOT NULL
)
SELECT found.id, found.verdict, (SELECT array_agg(b.id) FROM batches b WHERE b.worth_folding)
FROM (SELECT id, 'moved' AS verdict FROM moved UNION ALL SELECT id, verdict FROM judged WHERE verdict <> 'moved') found
