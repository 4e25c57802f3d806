-- Counts one try; gives no row when there have been too many. One statement, so that simultaneous tries cannot pass a
-- limit together. Beyond the limit nothing is counted: whoever waits as told gets in.
INSERT INTO vestnik_tries AS t (bucket, began_at, count)
VALUES (%(bucket)s, clock_timestamp(), 1)
ON CONFLICT (bucket) DO UPDATE SET
    count = CASE
        WHEN t.began_at <= clock_timestamp() - make_interval(secs => %(seconds)s) THEN 1
        ELSE t.count + 1
    END,
    began_at = CASE
        WHEN t.began_at <= clock_timestamp() - make_interval(secs => %(seconds)s) THEN clock_timestamp()
        ELSE t.began_at
    END
WHERE t.count < %(most)s OR t.began_at <= clock_timestamp() - make_interval(secs => %(seconds)s)
RETURNING count
