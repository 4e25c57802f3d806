-- The batches b of a mailing, each with what its rows say, r: a part of the check and of the repair. More conditions may
-- follow it.
FROM vestnik_batch b
CROSS JOIN LATERAL (
    SELECT {counted}
    FROM (
        SELECT {state_now:l.at} AS state
        FROM vestnik_message m CROSS JOIN LATERAL (SELECT {logged_at:b.id} AS at OFFSET 0) l
        WHERE m.mailing_id = %(mailing)s AND m.id BETWEEN b.first_id AND b.last_id
        ORDER BY m.id OFFSET 0
    ) m
) r
WHERE b.mailing_id = %(mailing)s
