-- Counts several tries at once (take_try.sql), and gives back since when its period runs; no row when they do not fit. A count that is lost in a crash costs
-- nothing, so no request waits until it is on disk.
INSERT INTO vestnik_tries AS t (bucket, began_at, count)
SELECT %(bucket)s, clock_timestamp(), %(some)s FROM (SELECT set_config('synchronous_commit', 'off', true)) AS at_once
ON CONFLICT (bucket) DO UPDATE SET
    count = CASE
        WHEN t.began_at <= clock_timestamp() - make_interval(secs => %(seconds)s) THEN excluded.count
        ELSE t.count + excluded.count
    END,
    began_at = CASE
        WHEN t.began_at <= clock_timestamp() - make_interval(secs => %(seconds)s) THEN clock_timestamp()
        ELSE t.began_at
    END
WHERE t.count + excluded.count <= %(most)s OR t.began_at <= clock_timestamp() - make_interval(secs => %(seconds)s)
RETURNING began_at
