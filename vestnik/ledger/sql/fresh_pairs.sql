-- Mailings with batches that nobody has leased yet and that are due, by those of these rules that several gateways share
-- now: the places where weights decide. Makes the rows of the shares that are missing. Who is the first of a mailing is
-- left to chance, by the weights: the least of such numbers, divided by the weights, is each one's with its probability.
WITH pairs AS MATERIALIZED (
    SELECT m.id AS mailing_id, r.route_id
    FROM vestnik_mailing m CROSS JOIN unnest(%(routes)s::bigint[]) AS r (route_id)
    WHERE m.frozen_at IS NULL AND m.state = 'running' AND m.end_time > clock_timestamp() + interval '1 second'
      AND EXISTS (SELECT FROM vestnik_batch b
                  WHERE b.mailing_id = m.id AND coalesce(b.route_id, 0) = r.route_id AND b.state = 'ready'
                    AND b.due_at <= clock_timestamp() AND b.attempt = 0)
), added AS (
    INSERT INTO vestnik_routeshare (mailing_id, route_id, gateway_id, taken, wanted_at)
    SELECT p.mailing_id, p.route_id, g.gateway_id, (-10 * ln(1 - random()))::bigint,
           clock_timestamp() - make_interval(secs => %(begin)s)
    FROM pairs p
    JOIN unnest(%(of_route)s::bigint[], %(gateways)s::smallint[]) AS g (route_id, gateway_id) ON g.route_id = p.route_id
    WHERE NOT EXISTS (SELECT FROM vestnik_routeshare s
                      WHERE s.mailing_id = p.mailing_id AND s.route_id = p.route_id AND s.gateway_id = g.gateway_id)
    ORDER BY p.mailing_id, p.route_id, g.gateway_id
    ON CONFLICT DO NOTHING
)
SELECT mailing_id, route_id FROM pairs
