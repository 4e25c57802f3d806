-- Notes what became of parts, and gives back what that makes of their messages: undelivered (3) as soon as one part is,
-- delivered (2) when all are, else the least that is said of any. Null: a part has no name (empty), so its receipt never comes, and
-- the others say nothing about the whole. A part moves only upwards, and an end stays: what each part has come to now is given
-- back, too, since what says the opposite contradicts it.
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(%(message)s::bigint[], %(gateway)s::smallint[], %(part)s::smallint[], %(fate)s::smallint[])
        AS g (message_id, gateway_id, part, fate)
), noted AS (
    UPDATE vestnik_provider_message p
    SET fate = g.fate
    FROM given g
    WHERE p.mailing_id = %(mailing)s AND p.message_id = g.message_id AND p.gateway_id = g.gateway_id AND p.part = g.part
      AND (p.fate IS NULL OR (p.fate < 2 AND p.fate < g.fate))
    RETURNING p.message_id, p.gateway_id, p.part, p.fate
)
SELECT p.message_id, p.gateway_id,
       CASE WHEN bool_or(coalesce(n.fate, p.fate) = 3) THEN 3
            WHEN bool_or(p.provider_id = '') THEN NULL
            ELSE min(coalesce(n.fate, p.fate, 0)) END,
       array_agg(p.part), array_agg(coalesce(n.fate, p.fate))
FROM vestnik_provider_message p
JOIN (SELECT DISTINCT message_id, gateway_id FROM given) g ON g.message_id = p.message_id AND g.gateway_id = p.gateway_id
LEFT JOIN noted n ON n.message_id = p.message_id AND n.gateway_id = p.gateway_id AND n.part = p.part
WHERE p.mailing_id = %(mailing)s
GROUP BY p.message_id, p.gateway_id
