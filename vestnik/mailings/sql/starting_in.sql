-- What is scheduled to start in each of some periods: how many mailings, and the first ones. A row for each period and
-- mailing; the mailing is null where none starts. Each period is a range of the index mailing_due.
SELECT p.place, c.mailings, f.id
FROM unnest(%(begins)s::timestamptz[], %(ends)s::timestamptz[]) WITH ORDINALITY AS p (begins, ends, place)
CROSS JOIN LATERAL (
    SELECT count(*) AS mailings FROM vestnik_mailing m
    WHERE {is_next} AND m.start_time >= p.begins AND m.start_time < p.ends
) c
LEFT JOIN LATERAL (
    SELECT m.id, m.start_time FROM vestnik_mailing m
    WHERE {is_next} AND m.start_time >= p.begins AND m.start_time < p.ends
    ORDER BY m.start_time, m.id
    LIMIT %(most)s
) f ON true
ORDER BY p.place, f.start_time, f.id
