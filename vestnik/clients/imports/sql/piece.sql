-- One piece of a job's file.
SELECT data FROM vestnik_importpiece WHERE job_id = %(job)s AND number = %(number)s
