-- How many rows give an attribute to a client who had it not: the one with this number among the names.
count(*) FILTER (WHERE given ? (%(names)s::text[])[{number}] AND (had IS NULL OR NOT had ? (%(names)s::text[])[{number}]))
