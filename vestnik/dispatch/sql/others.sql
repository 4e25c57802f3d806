EXISTS (
    SELECT FROM vestnik_route r JOIN ({gateways_up}) up ON up.id = ANY (r.gateways || r.fallbacks)
    WHERE r.removed_at IS NULL AND %(gateway)s = ANY (r.gateways || r.fallbacks) AND up.id <> %(gateway)s
)
