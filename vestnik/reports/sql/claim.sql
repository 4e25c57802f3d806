-- Claims the report of a day for one recipient, before the SMTP conversation. Of two that claim at once one wins: the
-- first by the unique key, a later one by the number of tries that it saw. No row: somebody else has it, or it is sent.
INSERT INTO vestnik_reportsent AS r
    (day, recipient, covers_from, covers_until, claimed_at, sent_at, attempts, error)
VALUES (%(day)s, %(recipient)s, %(covers_from)s, %(covers_until)s, clock_timestamp(), NULL, 1, '')
ON CONFLICT (day, recipient) DO UPDATE
SET claimed_at = clock_timestamp(), attempts = r.attempts + 1, error = '',
    covers_from = excluded.covers_from, covers_until = excluded.covers_until
WHERE r.sent_at IS NULL AND r.attempts = %(seen)s
RETURNING id, attempts
