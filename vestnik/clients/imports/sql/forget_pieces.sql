-- The file of a job that is over.
DELETE FROM vestnik_importpiece WHERE job_id = %(job)s
