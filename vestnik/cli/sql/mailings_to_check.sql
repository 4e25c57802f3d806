-- Mailings whose totals are checked: those that are not over, and those that ended within a day (or all).
SELECT id FROM vestnik_mailing
WHERE %(everything)s OR frozen_at IS NULL OR finished_at > clock_timestamp() - interval '1 day'
ORDER BY id
