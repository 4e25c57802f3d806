-- The shares of gateways in some mailings and rules, locked, in one order. How long ago each gateway wanted more, in seconds.
SELECT s.mailing_id, s.route_id, s.gateway_id, s.taken,
       extract(epoch FROM clock_timestamp() - s.wanted_at)::float8
FROM unnest(%(mailings)s::bigint[], %(routes)s::bigint[]) AS p (mailing_id, route_id)
JOIN vestnik_routeshare s ON s.mailing_id = p.mailing_id AND s.route_id = p.route_id
ORDER BY s.mailing_id, s.route_id, s.gateway_id
FOR NO KEY UPDATE OF s
