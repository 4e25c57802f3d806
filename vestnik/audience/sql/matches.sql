-- Is client c in a mailing's audience? The one expression for building it and for counting it before. A filter that is
-- null filters nothing.
    (%(tags)s::text[] IS NULL OR c.tag = ANY (%(tags)s::text[]))
AND (%(codes)s::smallint[] IS NULL OR c.mobile_operator_code = ANY (%(codes)s::smallint[]))
