-- What becomes of each row: the first of a phone counts, later ones are refused; what exists decides by the mode.
-- A row that is refused already has no phone; so the phone alone says which rows belong together, and is sorted faster.
-- A table of its own, not an UPDATE of the staged rows: writing them again in place would cost twice as much.
CREATE TEMPORARY TABLE checked ON COMMIT DROP AS
SELECT s.line, s.phone, s.tag, s.zone, s.default_zone, s.client, s.attributes, s.attribute,
    coalesce(s.code, s.known_code, (s.phone / 10000000 %% 1000)::smallint) AS code,
    CASE WHEN s.reason IS NULL AND s.line > s.first_line THEN s.first_line END AS other_line,
    CASE
        WHEN s.reason IS NOT NULL THEN s.reason
        WHEN s.line > s.first_line THEN 'duplicate'
        WHEN s.client IS NOT NULL AND %(mode)s = 'create' THEN 'exists'
        WHEN s.client IS NULL AND %(mode)s = 'update' THEN 'absent'
        WHEN s.known_attributes IS NOT NULL AND (
            SELECT count(*) FROM jsonb_object_keys(s.known_attributes || s.attributes)
        ) > %(most_attributes)s THEN 'attributes_many'
    END AS reason,
    CASE WHEN s.phone / 10000000 %% 1000 <> ALL (%(mobile)s::int[]) THEN 'phone_not_mobile' END AS warning,
    (s.code IS NULL OR s.code = s.known_code) AND (s.tag IS NULL OR s.tag = s.known_tag)
        AND (s.zone IS NULL OR s.zone = s.known_zone)
        AND (s.attributes IS NULL OR coalesce(s.known_attributes @> s.attributes, false)) AS same
FROM (
    SELECT g.line, g.phone, g.code, g.tag, g.zone, g.default_zone, g.reason, g.attributes, g.attribute, c.id AS client,
        c.mobile_operator_code AS known_code, c.tag AS known_tag, c.timezone AS known_zone,
        -- Only where the file has attributes: what is sorted below has no others.
        CASE WHEN g.attributes IS NOT NULL THEN c.attributes END AS known_attributes,
        CASE WHEN g.reason IS NULL THEN min(g.line) OVER (PARTITION BY g.phone) END AS first_line
    FROM staged g LEFT JOIN vestnik_client c ON g.reason IS NULL AND c.phone_number = g.phone
) AS s
