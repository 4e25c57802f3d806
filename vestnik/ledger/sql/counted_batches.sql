-- The batches b of a mailing, each with what its rows say, r: a part of the check and of the repair. More conditions may
-- follow it.
FROM vestnik_batch b
CROSS JOIN LATERAL (
    SELECT {counted}
    FROM vestnik_message m
    WHERE m.mailing_id = %(mailing)s AND m.id BETWEEN b.first_id AND b.last_id
) r
WHERE b.mailing_id = %(mailing)s
