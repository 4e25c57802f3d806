-- Renews the places of one dispatcher, and gives it more up to its share while they are free. It keeps what it uses; only
-- when it was away for too long may others have taken that. Who has places already is before who has none, so that they
-- do not wander. With the state of the gateway locked.
WITH gone AS (
    DELETE FROM vestnik_gatewayplaces
    WHERE gateway_id = %(gateway)s AND until <= clock_timestamp() AND holder <> %(holder)s
), mine AS MATERIALIZED (
    SELECT count(*) FILTER (WHERE until > clock_timestamp()) > 0 AS holds FROM vestnik_gatewayplaces
    WHERE gateway_id = %(gateway)s AND holder = %(holder)s
), others AS MATERIALIZED (
    SELECT count(*)::int AS number, coalesce(sum(places), 0)::int AS places,
           count(*) FILTER (WHERE (places = 0, holder) < (%(using)s = 0, %(holder)s))::int AS before
    FROM vestnik_gatewayplaces
    WHERE gateway_id = %(gateway)s AND until > clock_timestamp() AND holder <> %(holder)s
), divided AS MATERIALIZED (
    SELECT o.places AS taken, m.holds,
           %(most)s / (o.number + 1) + (o.before < %(most)s %% (o.number + 1))::int AS share
    FROM others o CROSS JOIN mine m
)
INSERT INTO vestnik_gatewayplaces (gateway_id, holder, places, until)
SELECT %(gateway)s, %(holder)s,
       greatest(CASE WHEN holds THEN %(using)s ELSE 0 END, least(share, %(most)s - taken)),
       clock_timestamp() + make_interval(secs => %(seconds)s)
FROM divided
ON CONFLICT (gateway_id, holder) DO UPDATE SET places = excluded.places, until = excluded.until
RETURNING places, (SELECT share FROM divided)
