-- The way back from gateways.sql. What went over other gateways than the default one keeps its outcomes.
DROP VIEW vestnik_message_now;
DROP TABLE vestnik_provider_message;
ALTER TABLE vestnik_outcome_log DROP COLUMN gateway_id;
ALTER TABLE vestnik_message DROP COLUMN gateway_id, DROP COLUMN parts, DROP COLUMN field_values;
DELETE FROM vestnik_gatewaystate WHERE id <> 1;
DELETE FROM vestnik_gateway;
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
CREATE OR REPLACE FUNCTION vestnik_switch_outcome_log(turn_on boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE vestnik_gatewaystate SET outcome_log = turn_on;
    IF turn_on AND to_regclass('vestnik_lease_token_seq') IS NOT NULL THEN
        ALTER SEQUENCE vestnik_lease_token_seq RENAME TO vestnik_lease_token_seq_without_log;
    ELSIF NOT turn_on AND to_regclass('vestnik_lease_token_seq_without_log') IS NOT NULL THEN
        ALTER SEQUENCE vestnik_lease_token_seq_without_log RENAME TO vestnik_lease_token_seq;
    END IF;
END $$;
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
