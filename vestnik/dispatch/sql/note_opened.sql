-- A dispatcher has opened the gateway.
UPDATE vestnik_gatewaystate SET unopened = '' WHERE id = %(gateway)s AND unopened <> ''
