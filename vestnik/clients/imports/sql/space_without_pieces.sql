-- One row when the table of files is empty and still takes more bytes of the disk than are kept.
SELECT pg_total_relation_size('vestnik_importpiece')
WHERE pg_total_relation_size('vestnik_importpiece') > %(kept)s AND NOT EXISTS (SELECT FROM vestnik_importpiece)
