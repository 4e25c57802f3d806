-- The rate limit of the whole cluster: books the next slots, one after the other, in one row. Unused time is not saved
-- up. Gives back when the first slot is, in seconds from now.
UPDATE vestnik_gatewaystate
SET granted_until = greatest(coalesce(granted_until, clock_timestamp()), clock_timestamp())
                    + make_interval(secs => %(slots)s / %(rate)s::float8)
WHERE id = %(gateway)s
RETURNING extract(epoch FROM granted_until - clock_timestamp())::float8 - %(slots)s / %(rate)s::float8
