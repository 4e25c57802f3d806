-- Some of what an endpoint that is disabled has not got for as long as events are kept, and of what waits for endpoints that
-- are gone: a delivery that was written, and not committed, while its endpoint was removed would keep its event for ever.
-- A delivery that is changed meanwhile stands elsewhere then (ctid), and is left for the next round.
WITH {file:endpoints_in}
DELETE FROM vestnik_webhook_delivery WHERE ctid = ANY (ARRAY(
    SELECT old.ctid FROM endpoints p
    CROSS JOIN LATERAL (
        SELECT d.ctid FROM vestnik_webhook_delivery d
        WHERE d.endpoint_id = p.id AND (NOT p.is_there OR d.since < now() - make_interval(days => %(days)s))
        LIMIT %(most)s
    ) old
    WHERE NOT p.is_there OR NOT p.enabled
    LIMIT %(most)s
))
