-- Refused rows of imports that name one of the numbers, however it is written there: the digits after the leading 7 or 8
-- are looked for among the digits of each cell. Reads the whole table, which holds the refusals of the last 30 days.
DELETE FROM vestnik_importrefusal r
WHERE EXISTS (
    SELECT FROM jsonb_path_query(r.cells, 'strict $.**') cell
    CROSS JOIN unnest(%(phones)s::bigint[]) AS phone
    WHERE jsonb_typeof(cell) IN ('string', 'number')
      AND regexp_replace(cell #>> '{{}}', '\D', '', 'g') LIKE '%%' || substr(phone::text, 2) || '%%'
)
