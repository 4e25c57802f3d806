-- Attributes that the file does not name stay.
UPDATE vestnik_client c
SET mobile_operator_code = j.code, tag = coalesce(j.tag, c.tag), timezone = coalesce(j.zone, c.timezone),
    attributes = CASE WHEN j.attributes IS NULL THEN c.attributes ELSE coalesce(c.attributes, '{{}}') || j.attributes END
FROM checked j WHERE j.reason IS NULL AND NOT j.same AND c.id = j.client
