-- What came over one gateway in the last hour, by state and code; how much of it since the beginning of the minute before this
-- one; and how many seconds ago that was. A range of the key: some hundred rows, or a few thousand.
SELECT k.state, k.code, sum(k.count)::bigint,
       coalesce(sum(k.count) FILTER (WHERE k.minute >= lately.began), 0)::bigint,
       extract(epoch FROM lately.now - lately.began)::float8
FROM vestnik_gatewayminute k
CROSS JOIN (SELECT now(), date_trunc('minute', now()) - interval '1 minute') AS lately (now, began)
WHERE k.gateway_id = %(gateway)s AND k.minute >= date_trunc('minute', now()) - interval '1 hour'
GROUP BY k.state, k.code, lately.now, lately.began
