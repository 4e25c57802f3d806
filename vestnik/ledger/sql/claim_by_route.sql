-- As claim.sql, where there are several gateways: takes due batches that go by rules which allow this one now, and those in
-- which something is bound to it, whatever their rule says (only_bound: just that is sent then). What the batch's last
-- gateway may try again only after its backoff, another may at once.
--
-- A rule of several gateways that are up (weighted) is divided by weights: of batches that nobody had yet, as many are
-- taken as begin before so many messages (allowed). Batches that come back are not counted: they go on where they can.
WITH running AS MATERIALIZED (
    SELECT m.id, m.send_window_from, m.send_window_to, m.end_time, held.loaded, m.kind = 'direct' AS direct,
           CASE WHEN m.kind <> 'direct' AND NOT m.personal THEN m.message_text END AS text
    FROM vestnik_mailing m
    LEFT JOIN unnest(%(held)s::bigint[], %(loaded)s::int[]) AS held (id, loaded) ON held.id = m.id
    WHERE m.frozen_at IS NULL AND m.state = 'running' AND m.end_time > clock_timestamp() + interval '1 second'
      AND {in_use}
), queues AS MATERIALIZED (
    SELECT m.*, r.route_id, r.fresh, r.allowed,
           CASE WHEN m.direct THEN %(lane)s ELSE %(room)s / count(*) FILTER (WHERE NOT m.direct) OVER () END AS part
    FROM running m
    CROSS JOIN LATERAL (
        SELECT route_id, NULL::boolean AS fresh, NULL::bigint AS allowed FROM unnest(%(routes)s::bigint[]) AS x (route_id)
        UNION ALL
        SELECT route_id, false, NULL FROM unnest(%(weighted)s::bigint[]) AS x (route_id)
        UNION ALL
        SELECT x.route_id, true, x.allowed
        FROM unnest(%(mailings)s::bigint[], %(shared)s::bigint[], %(allowed)s::bigint[]) AS x (mailing_id, route_id, allowed)
        WHERE x.mailing_id = m.id AND x.allowed > 0
    ) r
    WHERE EXISTS (SELECT FROM vestnik_batch b
                  WHERE b.mailing_id = m.id AND coalesce(b.route_id, 0) = r.route_id AND b.state = 'ready'
                    AND b.due_at <= clock_timestamp() AND (r.fresh IS NULL OR r.fresh = (b.attempt = 0)) AND {takeable})
    ORDER BY m.direct DESC, coalesce(m.loaded, 0), random()
), by_rule AS MATERIALIZED (
    SELECT b.id, m.send_window_from, m.send_window_to, m.end_time, b.gateway_id, b.attempt, b.queued, m.route_id, m.allowed,
           m.direct, m.text
    FROM queues m
    CROSS JOIN LATERAL (
        SELECT * FROM vestnik_batch b
        WHERE b.mailing_id = m.id AND coalesce(b.route_id, 0) = m.route_id AND b.state = 'ready'
          AND b.due_at <= clock_timestamp() AND (m.fresh IS NULL OR m.fresh = (b.attempt = 0)) AND {takeable}
        ORDER BY b.due_at
        LIMIT (
            SELECT least(count(*), CASE WHEN m.direct THEN %(most)s + %(lane)s ELSE %(most)s END) FROM (
                SELECT sum(queued) OVER (ORDER BY due_at ROWS UNBOUNDED PRECEDING) - queued AS before FROM (
                    SELECT b.due_at, b.queued FROM vestnik_batch b
                    WHERE b.mailing_id = m.id AND coalesce(b.route_id, 0) = m.route_id AND b.state = 'ready'
                      AND b.due_at <= clock_timestamp() AND (m.fresh IS NULL OR m.fresh = (b.attempt = 0)) AND {takeable}
                    ORDER BY b.due_at
                    LIMIT %(most)s + %(lane)s
                ) next
            ) filled
            WHERE before < greatest(m.part - coalesce(m.loaded, 0), CASE WHEN m.loaded IS NULL THEN 1 ELSE 0 END)
              AND (m.allowed IS NULL OR before < m.allowed)
        )
        FOR UPDATE SKIP LOCKED
    ) b
    LIMIT %(most)s + %(lane)s
), bound AS MATERIALIZED (
    SELECT b.id, m.send_window_from, m.send_window_to, m.end_time, b.gateway_id, m.direct
    FROM running m
    CROSS JOIN LATERAL (
        SELECT * FROM vestnik_batch b
        WHERE b.mailing_id = m.id AND b.state = 'ready' AND b.bound > 0 AND b.due_at <= clock_timestamp()
          AND %(gateway)s = ANY (b.bound_to) AND coalesce(b.route_id, 0) <> ALL (%(routes)s::bigint[] || %(weighted)s::bigint[])
          AND {takeable}
        ORDER BY b.due_at
        LIMIT %(most)s
        FOR UPDATE SKIP LOCKED
    ) b
    WHERE coalesce(m.loaded, 0) < greatest(%(room)s, 1)
    LIMIT greatest(%(most)s - (SELECT count(*) FROM by_rule), 0)
), due AS (
    SELECT id, send_window_from, send_window_to, end_time, gateway_id, NULL::boolean AS only_bound,
           CASE WHEN allowed IS NOT NULL THEN route_id END AS share, queued, direct, text
    FROM by_rule
    UNION ALL
    SELECT id, send_window_from, send_window_to, end_time, gateway_id, true, NULL, 0, direct, NULL FROM bound
)
UPDATE vestnik_batch b
SET state = 'leased',
    attempt = b.attempt + 1,
    lease_token = nextval('vestnik_lease_numbers'),
    lease_holder = %(holder)s,
    leased_at = clock_timestamp(),
    lease_expires_at = clock_timestamp() + make_interval(secs => %(seconds)s),
    high_water = NULL,
    gateway_id = %(gateway)s,
    only_bound = due.only_bound,
    again_at = NULL
FROM due
WHERE b.id = due.id
RETURNING b.id, b.mailing_id, b.first_id, b.last_id, b.attempt, b.retries, b.lease_token, b.leased_at,
          b.recalls, b.timezone, due.send_window_from, due.send_window_to, coalesce(b.end_time, due.end_time),
          due.gateway_id, due.only_bound, due.share, due.queued, due.direct, coalesce(b.route_id, 0),
          CASE WHEN b.bound = 0 OR %(gateway)s <> ALL (b.bound_to) THEN due.text END
