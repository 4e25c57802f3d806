-- Some of the old events that nobody waits for any more, the oldest first. Each is looked up among the deliveries, by its
-- index: their table may be far longer.
DELETE FROM vestnik_webhook_event WHERE id = ANY (ARRAY(
    SELECT v.id FROM vestnik_webhook_event v
    WHERE v.at < now() - make_interval(days => %(days)s)
      AND (SELECT true FROM vestnik_webhook_delivery d WHERE d.event_id = v.id LIMIT 1) IS NULL
    ORDER BY v.at LIMIT %(most)s
))
