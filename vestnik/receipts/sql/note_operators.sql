-- Keeps the operator that a receipt names: an operator's code is not the operator since numbers are ported.
UPDATE vestnik_provider_message p
SET operator = g.operator
FROM unnest(%(message)s::bigint[], %(gateway)s::smallint[], %(operator)s::text[]) AS g (message_id, gateway_id, operator)
WHERE p.mailing_id = %(mailing)s AND p.message_id = g.message_id AND p.gateway_id = g.gateway_id
  AND p.operator IS DISTINCT FROM g.operator
