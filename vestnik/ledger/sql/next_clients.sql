-- The next clients of an audience, by id: a part of the two statements that build a chunk. Keyset over the client's
-- id, so a chunk costs the same at the end of the directory as at its beginning.
picked AS MATERIALIZED (
    SELECT id, phone_number, timezone, mobile_operator_code,
           EXISTS (SELECT FROM vestnik_stoppedphone s WHERE s.phone_number = c.phone_number) AS stopped{values_wanted}
    FROM vestnik_client c
    WHERE id > %(after)s
      AND id <= %(limit)s
      AND {matches}
    ORDER BY id
    LIMIT %(chunk)s
)
