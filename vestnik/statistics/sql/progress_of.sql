-- The samples of one mailing, the last of each period: as many as a chart can show.
SELECT DISTINCT ON (slot) floor(extract(epoch FROM at - %(start)s) / %(width)s)::bigint AS slot,
       extract(epoch FROM at - %(start)s)::float8, sent, bad - unknown, unknown
FROM vestnik_progress
WHERE mailing_id = %(mailing)s AND at > %(start)s AND at < %(end)s
ORDER BY slot, at DESC
