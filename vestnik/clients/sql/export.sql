-- {tag}: with an apostrophe before what a spreadsheet would run as a formula; an import takes it off again. So are texts
-- in {attributes}; numbers and days are no formulas.
COPY (
    SELECT phone_number, lpad(mobile_operator_code::text, 3, '0'), {tag} AS tag, timezone{attributes}
    FROM ({clients}) AS found
) TO STDOUT WITH (FORMAT csv, DELIMITER '{separator}'{quoted})
