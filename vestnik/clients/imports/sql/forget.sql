-- Uploads that were cut off, and jobs that are over for long; their pieces and refused rows go with them.
WITH old AS (
    SELECT id FROM vestnik_importjob
    WHERE (state = 'receiving' AND created_at < now() - interval '1 hour')
        OR (state IN ('done', 'failed') AND created_at < now() - interval '30 days')
    LIMIT 10
), pieces AS (
    DELETE FROM vestnik_importpiece WHERE job_id IN (SELECT id FROM old)
), refused AS (
    DELETE FROM vestnik_importrefusal WHERE job_id IN (SELECT id FROM old)
), warned AS (
    DELETE FROM vestnik_importwarnedrow WHERE job_id IN (SELECT id FROM old)
)
DELETE FROM vestnik_importjob WHERE id IN (SELECT id FROM old)
