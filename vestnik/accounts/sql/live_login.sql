-- The login of a token and its user, unless it has ended. By the key: one request, one look-up.
SELECT {columns}
FROM vestnik_login l JOIN vestnik_user u ON u.id = l.user_id
WHERE l.id = %s AND l.revoked_at IS NULL
