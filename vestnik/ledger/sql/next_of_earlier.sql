-- The next clients of an audience that an earlier mailing limits: a part of the two statements that build a chunk. Keyset
-- over that mailing's messages, not over the clients: a few among a million clients are found by what the few cost, and
-- all chunks together read the messages once. A chunk may have fewer clients than messages: some are gone.
looked AS MATERIALIZED (
    {earlier}
    LIMIT %(chunk)s
), picked AS MATERIALIZED (
    SELECT c.id, c.phone_number, c.timezone, c.mobile_operator_code,
           EXISTS (SELECT FROM vestnik_stoppedphone s WHERE s.phone_number = c.phone_number) AS stopped{values_wanted}
    FROM looked
    JOIN vestnik_client c ON c.phone_number = looked.phone
    WHERE c.id <= %(limit)s
      AND {matches}
)
