-- What the texts of some messages of one mailing were made of, or the own text of single ones.
SELECT id, field_values::text FROM vestnik_message
WHERE mailing_id = %(mailing)s AND id = ANY (%(ids)s::bigint[]) AND field_values IS NOT NULL
