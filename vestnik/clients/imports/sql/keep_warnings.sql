-- Rows that are imported and look wrong, as they were understood.
INSERT INTO vestnik_importwarnedrow (job_id, line, warning, phone, cells)
SELECT %(job)s, line, warning, phone, jsonb_build_array(
    phone::text, lpad(code::text, 3, '0'), tag, CASE WHEN client IS NULL THEN coalesce(zone, default_zone) ELSE zone END)
FROM checked WHERE reason IS NULL AND warning IS NOT NULL ORDER BY line
