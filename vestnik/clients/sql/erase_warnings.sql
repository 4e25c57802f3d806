-- Rows of imports that were taken with a warning and name one of the numbers. Reads the whole table, which holds those of
-- the last 30 days.
DELETE FROM vestnik_importwarnedrow WHERE phone = ANY (%(phones)s::bigint[])
