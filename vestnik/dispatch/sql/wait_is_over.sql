-- The gateway took a message: it does not want anybody to wait any more.
UPDATE vestnik_gatewaystate SET asked_at = NULL, asked_until = NULL WHERE id = %(gateway)s AND asked_until IS NOT NULL
