-- An apostrophe before what a spreadsheet would run as a formula; an import takes it off again.
COPY (
    SELECT phone_number, lpad(mobile_operator_code::text, 3, '0'),
        CASE WHEN tag ~ E'^''*[=+@\t\r\n＝＋－＠-]' THEN '''' || tag ELSE tag END, timezone
    FROM ({clients}) AS found
) TO STDOUT WITH (FORMAT csv)
