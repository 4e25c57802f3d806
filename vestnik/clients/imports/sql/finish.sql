-- Gives a row back unless somebody cancelled the job meanwhile.
UPDATE vestnik_importjob
SET state = %(state)s, rows = %(rows)s, created = %(created)s, updated = %(updated)s, unchanged = %(unchanged)s,
    refused = %(refused)s, warnings = %(warnings)s, error = %(error)s, error_details = %(details)s, refused_by_reason = %(reasons)s, names = %(names)s,
    columns = coalesce(columns, %(columns)s), finished_at = clock_timestamp()
WHERE id = %(job)s AND state = 'running'
RETURNING id
