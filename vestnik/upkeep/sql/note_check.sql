-- What a check of a mailing's totals found. ``began`` is before the snapshot that was looked at: totals that were thawed
-- and frozen again meanwhile are checked again.
INSERT INTO vestnik_bookscheck (mailing_id, checked_at, differences) VALUES (%(mailing)s, %(began)s, %(differences)s)
ON CONFLICT (mailing_id) DO UPDATE SET checked_at = excluded.checked_at, differences = excluded.differences
