-- Successes, a row for each flush and batch, in partitions of the same ranges as the messages
-- (docs/decisions/outcome-log.md). Rows stay in their page: 1,000 messages are 2.2 kB, and a row that is moved out or
-- packed would be unpacked for each message that somebody reads (toast_tuple_target).
CREATE TABLE vestnik_outcome_log (
    mailing_id  bigint      NOT NULL,
    batch_id    bigint      NOT NULL,
    first_id    bigint      NOT NULL,
    last_id     bigint      NOT NULL,
    since       timestamptz NOT NULL,
    attempt     integer     NOT NULL,
    flush       integer     NOT NULL,
    ids         varbit      NOT NULL,
    after       smallint[]  NOT NULL,
    CONSTRAINT outcome_log_range CHECK (length(ids) = last_id - first_id + 1),
    CONSTRAINT outcome_log_whole CHECK (cardinality(after) = bit_count(ids)),
    PRIMARY KEY (mailing_id, batch_id, attempt, flush)
) PARTITION BY RANGE (mailing_id);

-- Makes the partitions that hold a mailing's messages and log, 1,000 mailings each, if they are missing. ATTACH takes
-- only a SHARE UPDATE EXCLUSIVE lock on the parent, so sending goes on meanwhile (CREATE ... PARTITION OF would take
-- ACCESS EXCLUSIVE). Where successes go into the log, a message's row is seldom written again, and pages need no room.
CREATE OR REPLACE FUNCTION vestnik_ensure_message_partition(mailing bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    low      bigint := mailing / 1000 * 1000;
    part     text   := format('vestnik_message_%s', low);
    log_part text   := format('vestnik_outcome_log_%s', low);
    fill     int    := CASE WHEN EXISTS (SELECT FROM vestnik_gatewaystate WHERE outcome_log) THEN 100 ELSE 50 END;
BEGIN
    IF to_regclass(part) IS NOT NULL AND to_regclass(log_part) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('vestnik_message_partition'));
    IF to_regclass(log_part) IS NULL THEN
        EXECUTE format('CREATE TABLE %I (LIKE vestnik_outcome_log INCLUDING ALL) WITH (toast_tuple_target = 8160)', log_part);
        EXECUTE format('ALTER TABLE vestnik_outcome_log ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', log_part, low, low + 1000);
    END IF;
    IF to_regclass(part) IS NULL THEN
        EXECUTE format('CREATE TABLE %I (LIKE vestnik_message INCLUDING ALL) WITH (fillfactor = %s)', part, fill);
        EXECUTE format('ALTER TABLE vestnik_message ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', part, low, low + 1000);
    END IF;
END $$;

-- Fencing tokens of this release and later ones. Those before take theirs from vestnik_lease_token_seq, far below.
CREATE SEQUENCE vestnik_lease_seq AS bigint START 1000000000000;

-- Switches the log on or off. A release before the log would take what stands in it for queued, and send it again. So
-- while it is on, the sequence that such a release needs for a lease has another name: it can lease nothing.
CREATE FUNCTION vestnik_switch_outcome_log(turn_on boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE vestnik_gatewaystate SET outcome_log = turn_on;
    IF turn_on AND to_regclass('vestnik_lease_token_seq') IS NOT NULL THEN
        ALTER SEQUENCE vestnik_lease_token_seq RENAME TO vestnik_lease_token_seq_without_log;
    ELSIF NOT turn_on AND to_regclass('vestnik_lease_token_seq_without_log') IS NOT NULL THEN
        ALTER SEQUENCE vestnik_lease_token_seq_without_log RENAME TO vestnik_lease_token_seq;
    END IF;
END $$;

-- A new ledger (no client, no account, no mailing yet) begins with the log. One that is in use does not yet: the release
-- before works beside this one during an upgrade. Fresh partitions are filled like those that follow.
DO $$
DECLARE
    part text;
BEGIN
    IF NOT (SELECT is_called FROM vestnik_mailing_id_seq)
       AND NOT EXISTS (SELECT FROM vestnik_client) AND NOT EXISTS (SELECT FROM vestnik_user) THEN
        PERFORM vestnik_switch_outcome_log(true);
    END IF;
    FOR part IN SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'vestnik_message'::regclass LOOP
        PERFORM vestnik_ensure_message_partition(substring(part FROM '[0-9]+$')::bigint);
        IF EXISTS (SELECT FROM vestnik_gatewaystate WHERE outcome_log) THEN
            EXECUTE format('ALTER TABLE %s SET (fillfactor = 100)', part);
        END IF;
    END LOOP;
END $$;

-- The messages as they are, row and log together, for people who look with psql, and for tests. Messages
-- that are sending are queued here, as in the rows.
CREATE VIEW vestnik_message_now AS
SELECT m.id, m.mailing_id, m.client_id, m.phone, m.created_at, coalesce(m.sent_at, l.at) AS sent_at,
       CASE WHEN l.at IS NULL THEN m.not_before END AS not_before, m.attempt,
       CASE WHEN l.at IS NULL THEN m.state ELSE {SENT}::smallint END AS state,
       m.tries + (l.at IS NOT NULL)::int AS tries, m.answers,
       m.in_doubt AND l.at IS NULL AS in_doubt, m.recalled,
       CASE WHEN l.at IS NULL THEN m.code ELSE '0' END AS code,
       CASE WHEN l.at IS NULL THEN m.detail END AS detail
FROM vestnik_message m
LEFT JOIN LATERAL (
    SELECT x.id FROM vestnik_batch x WHERE x.mailing_id = m.mailing_id AND x.first_id <= m.id
    ORDER BY x.first_id DESC LIMIT 1
) b ON m.state = {QUEUED}
LEFT JOIN LATERAL (
    SELECT o.since + o.after[bit_count(substring(o.ids, 1, (m.id - o.first_id)::int + 1))] * interval '1 millisecond' AS at
    FROM vestnik_outcome_log o
    WHERE o.mailing_id = m.mailing_id AND o.batch_id = b.id
      AND CASE WHEN m.id BETWEEN o.first_id AND o.last_id THEN get_bit(o.ids, (m.id - o.first_id)::int) = 1 ELSE false END
    LIMIT 1
) l ON m.state = {QUEUED};
