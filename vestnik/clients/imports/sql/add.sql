-- A client that somebody else adds at this very moment makes the count differ: the job then begins again.
INSERT INTO vestnik_client (phone_number, mobile_operator_code, tag, timezone)
SELECT phone, code, tag, zone FROM judged WHERE reason IS NULL AND client IS NULL ORDER BY line
ON CONFLICT (phone_number) DO NOTHING
