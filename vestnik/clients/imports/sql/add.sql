-- Without ON CONFLICT, which costs a sixth more: a client that somebody else adds at this very moment is a violation of the
-- unique phone, and the job then begins again.
INSERT INTO vestnik_client (phone_number, mobile_operator_code, tag, timezone, attributes)
SELECT phone, code, tag, coalesce(zone, default_zone), attributes FROM checked
WHERE reason IS NULL AND client IS NULL ORDER BY line
