-- A row that is right in itself is shown as it was understood.
INSERT INTO vestnik_importrefusal (job_id, line, reason, other_line, cells)
SELECT %(job)s, line, reason, other_line,
    coalesce(cells::jsonb, jsonb_build_array(phone::text, lpad(code::text, 3, '0'), tag, zone))
FROM judged WHERE reason IS NOT NULL ORDER BY line
