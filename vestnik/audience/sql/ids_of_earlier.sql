-- The first and the last id of a mailing's messages; of one without any, a range without ids.
SELECT coalesce(min(first_id), 1), coalesce(max(last_id), 0) FROM vestnik_batch WHERE mailing_id = %(earlier)s
