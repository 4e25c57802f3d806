-- A few rows as an import would understand them, for a preview.
SELECT line, phone, code, tag, CASE WHEN client IS NULL THEN coalesce(zone, default_zone) ELSE zone END, reason, other_line,
    client IS NOT NULL, same, warning, attributes, attribute
FROM checked ORDER BY line
