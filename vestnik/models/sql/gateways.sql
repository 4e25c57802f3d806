-- Which gateway a message went over, in how many parts, and with which values. Null costs no bytes, and no row is
-- read or written here. Fewer messages than an hour's have any of it: the usual success stands in the log.
ALTER TABLE vestnik_message ADD COLUMN gateway_id smallint, ADD COLUMN parts smallint, ADD COLUMN field_values jsonb;
ALTER TABLE vestnik_outcome_log ADD COLUMN gateway_id smallint;

-- What providers call our messages, in partitions of the same ranges as the messages: receipts come with it. A row for
-- each part that the provider names. operator: that of the phone, as the provider says.
CREATE TABLE vestnik_provider_message (
    mailing_id  bigint   NOT NULL,
    message_id  bigint   NOT NULL,
    gateway_id  smallint NOT NULL,
    part        smallint NOT NULL,
    provider_id text     NOT NULL,
    operator    text,
    PRIMARY KEY (mailing_id, message_id, gateway_id, part)
) PARTITION BY RANGE (mailing_id);
CREATE INDEX provider_message_id ON vestnik_provider_message (gateway_id, provider_id);

-- As before (outcome_log.sql), with the third table.
CREATE OR REPLACE FUNCTION vestnik_ensure_message_partition(mailing bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    low           bigint := mailing / 1000 * 1000;
    part          text   := format('vestnik_message_%s', low);
    log_part      text   := format('vestnik_outcome_log_%s', low);
    provider_part text   := format('vestnik_provider_message_%s', low);
    fill          int    := CASE WHEN EXISTS (SELECT FROM vestnik_gatewaystate WHERE id = 1 AND outcome_log) THEN 100 ELSE 50 END;
BEGIN
    IF to_regclass(part) IS NOT NULL AND to_regclass(log_part) IS NOT NULL AND to_regclass(provider_part) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('vestnik_message_partition'));
    IF to_regclass(provider_part) IS NULL THEN
        EXECUTE format('CREATE TABLE %I (LIKE vestnik_provider_message INCLUDING ALL)', provider_part);
        EXECUTE format('ALTER TABLE vestnik_provider_message ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', provider_part, low, low + 1000);
    END IF;
    IF to_regclass(log_part) IS NULL THEN
        EXECUTE format('CREATE TABLE %I (LIKE vestnik_outcome_log INCLUDING ALL) WITH (toast_tuple_target = 8160)', log_part);
        EXECUTE format('ALTER TABLE vestnik_outcome_log ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', log_part, low, low + 1000);
    END IF;
    IF to_regclass(part) IS NULL THEN
        EXECUTE format('CREATE TABLE %I (LIKE vestnik_message INCLUDING ALL) WITH (fillfactor = %s)', part, fill);
        EXECUTE format('ALTER TABLE vestnik_message ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', part, low, low + 1000);
    END IF;
END $$;

SELECT vestnik_ensure_message_partition(substring(inhrelid::regclass::text FROM '[0-9]+$')::bigint)
FROM pg_inherits WHERE inhparent = 'vestnik_message'::regclass;

-- The flag counts on the row of the default gateway; the rows of others are made with it off.
CREATE OR REPLACE FUNCTION vestnik_switch_outcome_log(turn_on boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE vestnik_gatewaystate SET outcome_log = turn_on WHERE id = 1;
    IF turn_on AND to_regclass('vestnik_lease_token_seq') IS NOT NULL THEN
        ALTER SEQUENCE vestnik_lease_token_seq RENAME TO vestnik_lease_token_seq_without_log;
    ELSIF NOT turn_on AND to_regclass('vestnik_lease_token_seq_without_log') IS NOT NULL THEN
        ALTER SEQUENCE vestnik_lease_token_seq_without_log RENAME TO vestnik_lease_token_seq;
    END IF;
END $$;

-- The gateway that the environment names, or the simulator. Its settings are not here.
INSERT INTO vestnik_gateway (id, name, kind, settings, secrets, concurrency, timeout, idempotent, enabled, version, created_at)
VALUES (1, 'default', 'probe', jsonb_build_object(), '', 256, 30, false, true, 1, now());
SELECT setval(pg_get_serial_sequence('vestnik_gateway', 'id'), 1);

-- As before, with the gateway. Of messages that were sent before there were several it was the default one.
CREATE OR REPLACE VIEW vestnik_message_now AS
SELECT m.id, m.mailing_id, m.client_id, m.phone, m.created_at, coalesce(m.sent_at, l.at) AS sent_at,
       CASE WHEN l.at IS NULL THEN m.not_before END AS not_before, m.attempt,
       CASE WHEN l.at IS NULL THEN m.state ELSE {SENT}::smallint END AS state,
       m.tries + (l.at IS NOT NULL)::int AS tries, m.answers,
       m.in_doubt AND l.at IS NULL AS in_doubt, m.recalled,
       CASE WHEN l.at IS NULL THEN m.code ELSE '0' END AS code,
       CASE WHEN l.at IS NULL THEN m.detail END AS detail,
       CASE WHEN l.at IS NOT NULL THEN coalesce(l.gateway_id, 1::smallint) WHEN m.tries > 0 OR m.gateway_id IS NOT NULL THEN coalesce(m.gateway_id, 1::smallint) END AS gateway_id
FROM vestnik_message m
LEFT JOIN LATERAL (
    SELECT x.id FROM vestnik_batch x WHERE x.mailing_id = m.mailing_id AND x.first_id <= m.id
    ORDER BY x.first_id DESC LIMIT 1
) b ON m.state = {QUEUED}
LEFT JOIN LATERAL (
    SELECT o.since + o.after[bit_count(substring(o.ids, 1, (m.id - o.first_id)::int + 1))] * interval '1 millisecond' AS at,
           o.gateway_id
    FROM vestnik_outcome_log o
    WHERE o.mailing_id = m.mailing_id AND o.batch_id = b.id
      AND CASE WHEN m.id BETWEEN o.first_id AND o.last_id THEN get_bit(o.ids, (m.id - o.first_id)::int) = 1 ELSE false END
    LIMIT 1
) l ON m.state = {QUEUED};
