-- The clean spelling stands beside the other one, for the release before matches exactly what stands there. What people
-- are shown does not change, so the version does not either.
UPDATE vestnik_mailing SET filter_tags = filter_tags || %(new)s::varchar
WHERE frozen_at IS NULL AND prepared_at IS NULL
  AND %(old)s::varchar = ANY (filter_tags) AND NOT %(new)s::varchar = ANY (filter_tags)
