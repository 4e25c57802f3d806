-- What still hangs on a gateway, of mailings that are not over: queued messages in doubt that may be settled only there,
-- batches that are being sent over it, and unknown messages that a receipt could settle. Batches by the index of the
-- state; the last by the index of mailings whose totals are not frozen.
SELECT coalesce(sum(b.bound) FILTER (WHERE %(gateway)s = ANY (b.bound_to)), 0)::bigint,
       count(*) FILTER (WHERE b.state = 'leased' AND b.gateway_id = %(gateway)s),
       (SELECT coalesce(sum(u.unknown), 0)::bigint FROM vestnik_batch u
        JOIN vestnik_mailing m ON m.id = u.mailing_id AND m.frozen_at IS NULL
        WHERE u.gateway_id = %(gateway)s)
FROM vestnik_batch b
WHERE b.state IN ('ready', 'leased')
  AND ((b.bound > 0 AND %(gateway)s = ANY (b.bound_to)) OR (b.state = 'leased' AND b.gateway_id = %(gateway)s))
