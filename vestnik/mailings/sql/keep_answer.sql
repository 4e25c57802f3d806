-- The answer to a request that was claimed in this transaction.
UPDATE vestnik_rememberedrequest SET answer = %(answer)s WHERE user_id = %(user)s AND key = %(key)s
