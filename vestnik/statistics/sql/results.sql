-- What became of each message of a mailing, batch by batch in the order of their ids: nothing is sorted or kept, so the
-- first line leaves at once. {code} and {detail}: with an apostrophe before what a spreadsheet would run as a formula.
COPY (
    SELECT m.id, CASE WHEN m.phone > 0 THEN m.phone END, c.id,
        (ARRAY[{words}])[m.state + 1],
        to_char(m.sent_at AT TIME ZONE %(zone)s, %(moment)s), m.tries,
        {code} AS code, {detail} AS detail,
        CASE WHEN m.state = {DELIVERED} THEN to_char(m.outcome_at AT TIME ZONE %(zone)s, %(moment)s) END, (SELECT g.name FROM vestnik_gateway g WHERE g.id = m.gateway) AS gateway, m.parts
    FROM (SELECT * FROM vestnik_batch WHERE mailing_id = %(mailing)s ORDER BY first_id) b
    CROSS JOIN LATERAL (SELECT {only_over} AS only_over OFFSET 0) o
    CROSS JOIN LATERAL (
        SELECT {message_now:l.at}, {gateway_of_many} AS gateway, {parts_now} AS parts
        FROM vestnik_message m CROSS JOIN LATERAL (SELECT {logged_at:b.id} AS at OFFSET 0) l
        WHERE m.mailing_id = %(mailing)s AND m.id BETWEEN b.first_id AND b.last_id
          AND (%(all)s OR m.state = ANY (%(in_rows)s))
        ORDER BY m.id
        OFFSET 0
    ) m
    LEFT JOIN LATERAL (SELECT x.id FROM vestnik_client x WHERE x.id = m.client_id) c ON true
    WHERE (%(all)s OR {counters}) AND (%(all)s OR m.state = ANY (%(states)s))
      AND {may_have_code} AND (%(code)s::text IS NULL OR coalesce(m.code, '') = %(code)s)
) TO STDOUT WITH (FORMAT csv, DELIMITER '{separator}'{quoted})
