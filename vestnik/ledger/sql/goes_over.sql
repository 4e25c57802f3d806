-- May message m go over this gateway now? What is in doubt at a gateway may be tried again only there (null: the default
-- one; 0: nobody knows where, it came out of a backup, so anywhere). {only}: the lease is for what is bound to this
-- gateway, and the rest must not go over it. A Retry-After holds a message back at the gateway that asked.
(CASE WHEN m.in_doubt AND m.gateway_id IS DISTINCT FROM 0 THEN coalesce(m.gateway_id, 1) = {gateway} ELSE {only} IS NOT TRUE END
 AND (m.not_before IS NULL OR m.not_before <= {leased_at} OR coalesce(m.gateway_id, 1) NOT IN (0, {gateway})))
