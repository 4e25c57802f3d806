-- How far a job is; changes nothing when it was cancelled meanwhile.
UPDATE vestnik_importjob SET rows = %(rows)s WHERE id = %(job)s AND state = 'running'
