-- For ever on record.
INSERT INTO vestnik_auditentry (at, actor_name, action, object_type, details)
VALUES (clock_timestamp(), %(actor)s, 'ledger.restored', 'ledger',
        jsonb_build_object('mailings', %(mailings)s::bigint, 'messages', %(messages)s::bigint, 'logins', %(logins)s::bigint))
