-- The login of a token and its user, unless it has ended. By the key: one request, one look-up.
SELECT {columns}
FROM vestnik_login one JOIN vestnik_user other ON other.id = one.user_id
WHERE one.id = %(id)s AND one.revoked_at IS NULL
