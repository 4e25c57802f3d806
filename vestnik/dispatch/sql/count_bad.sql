-- Bad answers of a gateway that has shown no success: all dispatchers count together, so that many of them do not use up
-- many times as much as one.
UPDATE vestnik_gatewaystate SET careful_bad = careful_bad + %(bad)s WHERE id = %(gateway)s RETURNING careful_bad
