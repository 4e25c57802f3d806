-- All batches of a mailing, in order.
SELECT id FROM vestnik_batch WHERE mailing_id = %(mailing)s ORDER BY id
