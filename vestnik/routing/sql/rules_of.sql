-- The rules that hold for the messages of a mailing, in their order: those for all mailings, and its own.
SELECT id, operator_codes, cardinality(gateways) > 1
FROM vestnik_route
WHERE removed_at IS NULL AND (mailing_id IS NULL OR mailing_id = %(mailing)s)
ORDER BY position, id
