-- How many SMS parts message m is: its own number, or that of the mailing's text, which the caller has counted (own_parts).
coalesce(m.parts, %(own_parts)s::smallint)
