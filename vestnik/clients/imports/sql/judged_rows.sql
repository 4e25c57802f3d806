-- A few rows as an import would understand them, for a preview.
SELECT line, phone, code, tag, zone, cells, reason, other_line, client IS NOT NULL, same FROM judged ORDER BY line
