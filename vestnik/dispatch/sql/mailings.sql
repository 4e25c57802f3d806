-- What a dispatcher needs to know of the mailings it holds leases of. The text does not change after the start.
SELECT id, state, extract(epoch FROM end_time)::float8,
       CASE WHEN id = ANY (%(unseen)s::bigint[]) THEN message_text END
FROM vestnik_mailing WHERE id = ANY (%(ids)s::bigint[])
