-- The partitions of messages that may be dropped: of every mailing in their range the totals are frozen and old enough,
-- and the range is used up, so no new mailing comes into it. The bounds are read from the catalogue, not from the name.
WITH parts AS (
    SELECT c.relname AS name,
           (regexp_match(pg_get_expr(c.relpartbound, c.oid), $$FROM \('?(\d+)'?\)$$))[1]::bigint AS low,
           (regexp_match(pg_get_expr(c.relpartbound, c.oid), $$TO \('?(\d+)'?\)$$))[1]::bigint AS high
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'vestnik_message'::regclass
)
SELECT name, low, high
FROM parts
WHERE high <= (SELECT last_value FROM vestnik_mailing_id_seq)
  AND NOT EXISTS (
    SELECT FROM vestnik_mailing m
    WHERE m.id >= low AND m.id < high AND (m.frozen_at IS NULL OR m.frozen_at > %(before)s)
  )
ORDER BY low
