-- What became of each message of a mailing, batch by batch in the order of their ids: nothing is sorted or kept, so the
-- first line leaves at once. {code} and {detail}: with an apostrophe before what a spreadsheet would run as a formula.
COPY (
    SELECT m.id, CASE WHEN m.phone > 0 THEN m.phone END, c.id,
        (ARRAY[{words}])[w.word + 1],
        to_char(m.sent_at AT TIME ZONE %(zone)s, %(moment)s), m.tries,
        {code}, {detail}
    FROM (SELECT * FROM vestnik_batch WHERE mailing_id = %(mailing)s ORDER BY first_id) b
    CROSS JOIN LATERAL (
        SELECT * FROM vestnik_message x
        WHERE x.mailing_id = %(mailing)s AND x.id BETWEEN b.first_id AND b.last_id
        ORDER BY x.id
    ) m
    CROSS JOIN LATERAL (SELECT {word} AS word) w
    LEFT JOIN LATERAL (SELECT x.id FROM vestnik_client x WHERE x.id = m.client_id) c ON true
    WHERE (%(all)s OR {counters}) AND (%(all)s OR w.word = ANY (%(states)s))
) TO STDOUT WITH (FORMAT csv, DELIMITER '{separator}')
