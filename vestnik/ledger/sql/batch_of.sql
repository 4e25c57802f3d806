-- The batch of a message that is known by its id alone. Batches of one mailing do not overlap, those of several may: audiences
-- that are built at once take ids in turn, and so do single messages. So the nearest batches that begin before it are looked
-- at until one has it; nearly always the first does. A batch spans some thousand ids, and few begin in between.
-- LIMIT keeps the look-up from becoming a join with all messages.
SELECT x.* FROM (
    SELECT * FROM vestnik_batch y WHERE y.first_id <= {message} ORDER BY y.first_id DESC LIMIT 1000
) x
WHERE x.last_id >= {message}
  AND (SELECT true FROM vestnik_message m WHERE m.mailing_id = x.mailing_id AND m.id = {message} LIMIT 1)
ORDER BY x.first_id DESC LIMIT 1
