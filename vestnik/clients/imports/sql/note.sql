INSERT INTO vestnik_auditentry (at, actor_id, actor_name, action, object_type, object_id, details)
SELECT now(), created_by_id, created_by_name, 'client.import', 'import', id, jsonb_build_object(
    'state', state, 'mode', mode, 'on_error', on_error, 'rows', rows, 'created', created, 'updated', updated,
    'unchanged', unchanged, 'refused', refused)
FROM vestnik_importjob WHERE id = %(job)s
