-- A dispatcher has ended, and nothing of it is in flight.
DELETE FROM vestnik_gatewayplaces WHERE gateway_id = %(gateway)s AND holder = %(holder)s
