-- Buckets that are full, and how many seconds remain of each: whoever is refused for one writes nothing.
SELECT t.bucket, extract(epoch FROM t.began_at + make_interval(secs => asked.seconds) - clock_timestamp())
FROM unnest(%(buckets)s::text[], %(most)s::int[], %(seconds)s::float[]) AS asked (bucket, most, seconds)
JOIN vestnik_tries t ON t.bucket = asked.bucket
WHERE t.count >= asked.most AND t.began_at > clock_timestamp() - make_interval(secs => asked.seconds)
ORDER BY 2 DESC
