-- Takes tries back that were counted in the period that began then; those of an earlier one do not count any more. As take_some.sql,
-- it need not wait for the disk: what is lost in a crash stays counted.
UPDATE vestnik_tries t SET count = t.count - %(some)s
FROM (SELECT set_config('synchronous_commit', 'off', true)) AS at_once
WHERE t.bucket = %(bucket)s AND t.began_at = %(began_at)s AND t.count >= %(some)s
