-- The tags in the filters of mailings that may still look for clients.
SELECT DISTINCT unnest(filter_tags) FROM vestnik_mailing WHERE frozen_at IS NULL AND prepared_at IS NULL
