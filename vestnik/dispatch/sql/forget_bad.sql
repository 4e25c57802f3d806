-- A dispatcher that had seen no success has just seen one.
UPDATE vestnik_gatewaystate SET careful_bad = 0 WHERE id = %(gateway)s AND careful_bad <> 0
