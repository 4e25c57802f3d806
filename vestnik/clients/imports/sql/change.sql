UPDATE vestnik_client c
SET mobile_operator_code = j.code, tag = coalesce(j.tag, c.tag), timezone = coalesce(j.zone, c.timezone)
FROM checked j WHERE j.reason IS NULL AND NOT j.same AND c.id = j.client
