-- A new row and its entry of the audit log, which takes the row's id: both or neither, without a transaction around them.
-- With a conflict clause a row whose value is taken is left out: then there is nothing to note either.
WITH made AS (
    INSERT INTO {table} ({columns}) VALUES ({values}) {conflict} RETURNING {returned}
), noted AS (
    INSERT INTO vestnik_auditentry (at, actor_id, actor_name, action, object_type, object_id, details)
    SELECT %(at)s::timestamptz, %(actor)s::bigint, %(actor_name)s, %(action)s, %(kind)s, made.id, %(details)s FROM made
)
SELECT {returned} FROM made
