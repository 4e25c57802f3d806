-- One dispatcher of a gateway at a time takes places: the next statement reads what the one before has committed.
SELECT FROM vestnik_gatewaystate WHERE id = %(gateway)s FOR NO KEY UPDATE
