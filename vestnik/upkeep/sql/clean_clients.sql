-- One piece of the clients with a tag that is not clean. Rows that somebody else changes just now wait for the next round.
WITH picked AS MATERIALIZED (
    SELECT id FROM vestnik_client WHERE tag = %(old)s ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
UPDATE vestnik_client c SET tag = %(new)s FROM picked p WHERE c.id = p.id
