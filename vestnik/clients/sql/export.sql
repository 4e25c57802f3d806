-- {tag}: with an apostrophe before what a spreadsheet would run as a formula; an import takes it off again.
COPY (
    SELECT phone_number, lpad(mobile_operator_code::text, 3, '0'), {tag}, timezone
    FROM ({clients}) AS found
) TO STDOUT WITH (FORMAT csv, DELIMITER '{separator}')
