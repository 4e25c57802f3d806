-- Two hours are enough: a page shows one.
DELETE FROM vestnik_gatewayminute WHERE minute < now() - interval '2 hours'
