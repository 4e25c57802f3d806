-- What a gateway has taken of its shares just now, in messages; and it wants more.
UPDATE vestnik_routeshare s
SET taken = s.taken + d.taken, wanted_at = CASE WHEN %(wants)s THEN clock_timestamp() ELSE s.wanted_at END
FROM unnest(%(mailings)s::bigint[], %(routes)s::bigint[], %(taken)s::bigint[]) AS d (mailing_id, route_id, taken)
WHERE s.mailing_id = d.mailing_id AND s.route_id = d.route_id AND s.gateway_id = %(gateway)s
