-- The session that works on a job holds its advisory lock, which ends with it: who has the lock may take it over.
UPDATE vestnik_importjob SET state = 'running', attempts = attempts + 1, rows = 0
WHERE id = %(job)s AND state IN ('waiting', 'running')
RETURNING mode, on_error, attempts, columns
