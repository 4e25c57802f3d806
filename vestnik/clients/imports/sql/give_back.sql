UPDATE vestnik_importjob SET state = 'waiting', attempts = attempts - 1, rows = 0
WHERE id = %(job)s AND state = 'running'
