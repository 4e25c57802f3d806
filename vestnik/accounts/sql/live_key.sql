-- The API key with a digest and its owner, unless it was revoked. By the unique digest: one request, one look-up.
SELECT {columns}
FROM vestnik_apikey one JOIN vestnik_user other ON other.id = one.owner_id
WHERE one.digest = %(digest)s AND one.revoked_at IS NULL
