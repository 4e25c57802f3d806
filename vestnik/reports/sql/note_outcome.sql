-- What the mail server said. An empty error: it took the report, which counts whoever holds the claim by now.
UPDATE vestnik_reportsent
SET error = %(error)s, sent_at = CASE WHEN %(error)s = '' THEN clock_timestamp() END
WHERE id = %(id)s AND sent_at IS NULL AND (%(error)s = '' OR attempts = %(attempts)s)
RETURNING id
