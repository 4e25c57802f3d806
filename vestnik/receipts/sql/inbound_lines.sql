-- Texts that people sent to us, those of a query. With an apostrophe before what a spreadsheet would run as a formula.
COPY (
    SELECT t.id, to_char(t.received_at AT TIME ZONE %s, %s), t.phone, {sender} AS sender, {recipient} AS recipient, {text} AS text, t.gateway
    FROM ({texts}) t
    ORDER BY t.id
) TO STDOUT WITH (FORMAT csv, DELIMITER '{separator}'{quoted})
