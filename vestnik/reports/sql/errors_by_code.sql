-- How many messages of a mailing ended in each state that is no success, by the code of their last outcome. Walks only
-- the batches whose counters know of such messages: no index names the state.
SELECT m.state, coalesce(m.code, ''), count(*)
FROM vestnik_batch b
CROSS JOIN LATERAL (
    SELECT x.state, x.code FROM vestnik_message x
    WHERE x.mailing_id = %(mailing)s AND x.id BETWEEN b.first_id AND b.last_id AND x.state = ANY (%(states)s)
) m
WHERE b.mailing_id = %(mailing)s AND b.undelivered + b.failed + b.expired + b.cancelled + b.unknown > 0
GROUP BY 1, 2
ORDER BY 3 DESC, 1, 2
LIMIT %(most)s
