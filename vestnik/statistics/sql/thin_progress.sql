-- Of each mailing and minute that is an hour old, the last row stays; after ninety days none. Only some time is looked at,
-- by the BRIN index of the times; what a long absence left over stays as fine as it is until it is deleted.
WITH old AS (
    SELECT id, row_number() OVER (PARTITION BY mailing_id, date_trunc('minute', at) ORDER BY at DESC) AS place
    FROM vestnik_progress
    WHERE at BETWEEN clock_timestamp() - interval '3 hours' AND clock_timestamp() - interval '1 hour'
)
DELETE FROM vestnik_progress p
WHERE p.id IN (SELECT id FROM old WHERE place > 1) OR p.at < clock_timestamp() - interval '90 days'
