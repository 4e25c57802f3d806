-- The batch that each of some messages of a mailing is in now: a split may have moved it into another one.
SELECT a.id, (
    SELECT x.id FROM vestnik_batch x WHERE x.mailing_id = %(mailing)s AND x.first_id <= a.id ORDER BY x.first_id DESC LIMIT 1
)
FROM unnest(%(ids)s::bigint[]) AS a (id)
