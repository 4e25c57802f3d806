-- The batches of a mailing by state: how many, when the first is due, and who holds some.
SELECT state, count(*), min(due_at), string_agg(DISTINCT nullif(lease_holder, ''), ', ')
FROM vestnik_batch WHERE mailing_id = %(mailing)s GROUP BY state ORDER BY state
