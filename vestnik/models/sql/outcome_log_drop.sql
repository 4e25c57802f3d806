-- The way back from outcome_log.sql: what the log says is written into the rows. It reads every message that was sent.
UPDATE vestnik_message m
SET state = {SENT}, attempt = o.attempt, tries = m.tries + 1, in_doubt = false, not_before = NULL, code = '0', detail = NULL,
    sent_at = o.since + o.after[bit_count(substring(o.ids, 1, n + 1))] * interval '1 millisecond'
FROM vestnik_outcome_log o CROSS JOIN LATERAL generate_series(0, length(o.ids) - 1) n
WHERE get_bit(o.ids, n) = 1 AND m.mailing_id = o.mailing_id AND m.id = o.first_id + n AND m.state = {QUEUED};
SELECT vestnik_switch_outcome_log(false);
DROP FUNCTION vestnik_switch_outcome_log;
DROP SEQUENCE vestnik_lease_seq;
DROP VIEW vestnik_message_now;
DROP TABLE vestnik_outcome_log;
CREATE OR REPLACE FUNCTION vestnik_ensure_message_partition(mailing bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    low  bigint := mailing / 1000 * 1000;
    part text   := format('vestnik_message_%s', low);
BEGIN
    IF to_regclass(part) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('vestnik_message_partition'));
    IF to_regclass(part) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE vestnik_message INCLUDING ALL) WITH (fillfactor = 50)', part);
    EXECUTE format('ALTER TABLE vestnik_message ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', part, low, low + 1000);
END $$;
