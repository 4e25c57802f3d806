SELECT id FROM vestnik_importjob WHERE state IN ('waiting', 'running') ORDER BY id LIMIT 20
