-- Texts that people sent to us, as old as messages whose numbers are erased. The oldest have the lowest ids, so that nothing
-- is read where nothing is old.
DELETE FROM vestnik_inbound WHERE id IN (
    SELECT x.id FROM (SELECT id, received_at FROM vestnik_inbound ORDER BY id LIMIT %(most)s) x
    WHERE x.received_at < clock_timestamp() - make_interval(days => %(days)s)
)
