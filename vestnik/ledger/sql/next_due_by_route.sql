-- Seconds until the next batch of a running mailing is due that this gateway may take (null: none waits): by these rules,
-- or because something is bound to it.
SELECT extract(epoch FROM min(b.due) - clock_timestamp())::float8
FROM vestnik_mailing m
CROSS JOIN LATERAL (
    SELECT x.due FROM unnest(%(routes)s::bigint[]) AS r (route_id) CROSS JOIN LATERAL (
        SELECT greatest(b.due_at, CASE WHEN coalesce(b.gateway_id, 1) = %(gateway)s THEN b.again_at END) AS due
        FROM vestnik_batch b
        WHERE b.mailing_id = m.id AND coalesce(b.route_id, 0) = r.route_id AND b.state = 'ready'
          AND (b.queued > b.bound OR %(gateway)s = ANY (b.bound_to))
        ORDER BY b.due_at LIMIT 1
    ) x
    UNION ALL
    (
        SELECT greatest(b.due_at, CASE WHEN coalesce(b.gateway_id, 1) = %(gateway)s THEN b.again_at END)
        FROM vestnik_batch b
        WHERE b.mailing_id = m.id AND b.state = 'ready' AND b.bound > 0 AND %(gateway)s = ANY (b.bound_to)
        ORDER BY b.due_at LIMIT 1
    )
) b
WHERE m.frozen_at IS NULL AND m.state = 'running' AND m.end_time > clock_timestamp() + interval '1 second'
  AND {in_use}
