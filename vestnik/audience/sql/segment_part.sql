-- Does client c match one part of a segment: who is in it, or who is left out? Its values have the part's name before them. All
-- tests of attributes are one path, so a client's JSON is opened once; a path never fails on a value of another type. Clients from
-- before the ledger kept when they were added have no such time: they are older than all others.
    (%({part}_tags)s::text[] IS NULL OR c.tag = ANY (%({part}_tags)s::text[]))
AND (%({part}_codes)s::smallint[] IS NULL OR c.mobile_operator_code = ANY (%({part}_codes)s::smallint[]))
AND (%({part}_attributes)s::jsonpath IS NULL
     OR coalesce(coalesce(c.attributes, '{{}}') @@ %({part}_attributes)s::jsonpath, false))
AND (%({part}_created_from)s::timestamptz IS NULL OR c.created_at >= %({part}_created_from)s::timestamptz)
AND (%({part}_created_before)s::timestamptz IS NULL
     OR coalesce(c.created_at < %({part}_created_before)s::timestamptz, true))
{messaged}
