-- Fencing tokens of this release and later ones. Those before take theirs from vestnik_lease_seq, far below.
CREATE SEQUENCE vestnik_lease_numbers AS bigint START 2000000000000000;

-- A release before this one knows one gateway and one text for a mailing: it would send over the wrong gateway, also what is
-- in doubt at another one, and it would send the text that holds the place of single messages. So once there is a second
-- gateway or a single message, the sequence that such a release needs for a lease has another name: it can lease nothing.
CREATE FUNCTION vestnik_end_earlier_releases() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Two at once: the second one finds it done.
    PERFORM pg_advisory_xact_lock(hashtext('vestnik_end_earlier_releases'));
    IF to_regclass('vestnik_lease_seq') IS NOT NULL THEN
        ALTER SEQUENCE vestnik_lease_seq RENAME TO vestnik_lease_seq_before_gateways;
    END IF;
END $$;

SELECT vestnik_end_earlier_releases()
WHERE EXISTS (SELECT FROM vestnik_gateway WHERE id <> 1) OR EXISTS (SELECT FROM vestnik_mailing WHERE kind = 'direct' AND frozen_at IS NULL);
