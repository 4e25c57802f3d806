-- The messages: one row per (mailing, phone), partitioned by ranges of mailing_id so that retention drops a
-- partition in milliseconds instead of deleting rows.
--
-- No foreign keys: with them an audience is built at 66,000 rows/s, without at 178,000, and a client deleted during a
-- chunk would abort the chunk. No index names the state and pages are left half empty, so that the one UPDATE a message
-- gets is a HOT update (fillfactor 50: 92 % HOT, 260 bytes of WAL a message; 80: 25-31 %, 480 bytes).
CREATE SEQUENCE vestnik_message_id_seq AS bigint;

-- Ids are never used again, in no home and after no restore: a gateway that remembers ids would answer 200 and send
-- nothing. (unix seconds - 1.7e9) * 1e6 stays below 2**53 until the year 2299.
SELECT setval('vestnik_message_id_seq', ((extract(epoch FROM now())::bigint - 1700000000) * 1000000));

CREATE TABLE vestnik_message (
    id          bigint      NOT NULL,
    mailing_id  bigint      NOT NULL,
    client_id   bigint      NOT NULL,
    phone       bigint      NOT NULL,
    created_at  timestamptz NOT NULL,
    sent_at     timestamptz,
    not_before  timestamptz,
    attempt     integer     NOT NULL DEFAULT 0,
    state       smallint    NOT NULL DEFAULT 0,
    tries       smallint    NOT NULL DEFAULT 0,
    answers     smallint    NOT NULL DEFAULT 0,
    in_doubt    boolean     NOT NULL DEFAULT false,
    code        text,
    detail      text,
    CONSTRAINT message_state_known CHECK (state BETWEEN 0 AND 7),
    CONSTRAINT message_phone_range CHECK (phone BETWEEN 70000000000 AND 79999999999),
    PRIMARY KEY (mailing_id, id),
    CONSTRAINT message_once_a_phone UNIQUE (mailing_id, phone)
) PARTITION BY RANGE (mailing_id);

-- Makes the partition that holds a mailing, 1,000 mailings each, if it is missing. ATTACH takes only a SHARE UPDATE
-- EXCLUSIVE lock on the parent, so sending goes on meanwhile (CREATE ... PARTITION OF would take ACCESS EXCLUSIVE).
CREATE FUNCTION vestnik_ensure_message_partition(mailing bigint) RETURNS void LANGUAGE plpgsql AS $$
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

SELECT vestnik_ensure_message_partition(0), vestnik_ensure_message_partition(1000);

-- Fencing tokens: each lease gets a number that no lease had before.
CREATE SEQUENCE vestnik_lease_token_seq AS bigint;

-- A batch's counters and high-water mark change with every flush; half-empty pages keep those HOT, too.
ALTER TABLE vestnik_batch SET (fillfactor = 50);
ALTER TABLE vestnik_mailing SET (fillfactor = 70);

INSERT INTO vestnik_gatewaystate (id, breaker, breaker_reason, probes_failed) VALUES (1, 'closed', '', 0);
