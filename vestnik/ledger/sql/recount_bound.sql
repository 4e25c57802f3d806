-- Counts what is bound to a gateway again: queued messages that are in doubt there, which no other may send. For batches
-- of one mailing that are locked. any: also those that had none before.
UPDATE vestnik_batch b
SET bound = coalesce(f.bound, 0), bound_to = f.bound_to
FROM vestnik_batch x
LEFT JOIN LATERAL (
    SELECT count(*) AS bound, array_agg(DISTINCT m.gateway) AS bound_to
    FROM (
        SELECT coalesce(m.gateway_id, 1::smallint) AS gateway FROM vestnik_message m
        WHERE m.mailing_id = %(mailing)s AND m.id BETWEEN x.first_id AND x.last_id AND m.state = {QUEUED} AND m.in_doubt
          AND m.gateway_id IS DISTINCT FROM 0 AND {logged_at:x.id} IS NULL
        ORDER BY m.id OFFSET 0
    ) m
) f ON true
WHERE b.id = x.id AND x.id = ANY (%(batches)s::bigint[]) AND x.mailing_id = %(mailing)s AND (%(any)s OR x.bound > 0)
