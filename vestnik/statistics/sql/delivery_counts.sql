-- What count_delivery.sql has counted of some mailings: some hundred rows of each, by the key.
SELECT c.kind, c.key, c.state, sum(c.count)::bigint, coalesce(max(c.words), '')
FROM vestnik_deliverycount c
WHERE c.mailing_id = ANY (%(mailings)s) AND c.count > 0
GROUP BY c.kind, c.key, c.state
