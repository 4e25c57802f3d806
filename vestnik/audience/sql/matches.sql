-- Is client c in a mailing's audience? The one expression for building it and for counting it before. A filter that is
-- null filters nothing. ``in_segment`` is empty without a segment (matching.py).
    (%(tags)s::text[] IS NULL OR c.tag = ANY (%(tags)s::text[]))
AND (%(codes)s::smallint[] IS NULL OR c.mobile_operator_code = ANY (%(codes)s::smallint[]))
{in_segment}
