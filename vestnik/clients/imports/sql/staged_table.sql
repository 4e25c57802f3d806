-- The rows as they are in the file; temporary, so written without WAL, and gone with the transaction.
CREATE TEMPORARY TABLE staged (
    line bigint NOT NULL, phone bigint, code smallint, tag text, zone text, default_zone text, reason text,
    attributes jsonb, attribute text
) ON COMMIT DROP
