-- The row of a gateway's state, where it is missing: it was made by a release that did not know of it, or by hand.
INSERT INTO vestnik_gatewaystate (id, breaker, breaker_reason, probes_failed) VALUES (%(gateway)s, 'closed', '', 0)
ON CONFLICT DO NOTHING
