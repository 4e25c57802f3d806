-- The numbers of the next messages of a mailing, by keyset, are erased: -id stands for "erased" (the table's check says
-- so) and keeps (mailing, phone) unique. Texts of their own and the client's id go, too, or the rows of one person would still hang together.
-- One row comes back: the last id looked at (null: there is none left), and how many numbers were erased.
WITH piece AS MATERIALIZED (
    SELECT mailing_id, id, phone FROM vestnik_message WHERE mailing_id = %(mailing)s AND id > %(after)s ORDER BY id LIMIT %(most)s
), erased AS (
    UPDATE vestnik_message m
    SET phone = -m.id, client_id = 0, field_values = NULL
    FROM piece
    WHERE m.mailing_id = piece.mailing_id AND m.id = piece.id AND piece.phone > 0
    RETURNING m.id
)
SELECT (SELECT max(id) FROM piece), (SELECT count(*) FROM erased)
