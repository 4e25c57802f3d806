-- Moves the cursor. A cancel that came meanwhile matches no row here, and the chunk is rolled back.
UPDATE vestnik_mailing
SET audience_cursor = %(cursor)s, prepared_at = CASE WHEN %(done)s THEN now() END
WHERE id = %(mailing)s AND audience_cursor = %(after)s AND prepared_at IS NULL AND state IN ('running', 'paused')
RETURNING id
