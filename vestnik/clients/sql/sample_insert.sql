-- An anti-join first, because a conflict would still use up an id; ON CONFLICT for a client who is added meanwhile.
INSERT INTO vestnik_client (phone_number, mobile_operator_code, tag, timezone)
SELECT phone, code, tag, zone FROM sample s
WHERE NOT EXISTS (SELECT FROM vestnik_client c WHERE c.phone_number = s.phone)
ON CONFLICT (phone_number) DO NOTHING
