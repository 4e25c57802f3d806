-- Right before the SMTP conversation: is the claim still ours? Putting the report together may have taken long.
UPDATE vestnik_reportsent SET claimed_at = clock_timestamp()
WHERE id = %(id)s AND attempts = %(attempts)s AND sent_at IS NULL
RETURNING id
