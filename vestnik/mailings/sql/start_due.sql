-- One conditional UPDATE: whoever wins prepares. An edit is conditional on the state, so the two cannot overwrite each
-- other. The audience is the clients up to the greatest id of this instant. Out of a backup it starts paused: it may have
-- run since.
UPDATE vestnik_mailing
SET state = CASE WHEN restored_at IS NULL THEN 'running' ELSE 'paused' END,
    started_at = clock_timestamp(),
    audience_limit = (SELECT coalesce(max(id), 0) FROM vestnik_client),
    version = version + 1
WHERE state = 'scheduled' AND start_time <= clock_timestamp() AND end_time > clock_timestamp()
RETURNING id, vestnik_ensure_message_partition(id), vestnik_ensure_message_partition(id + 1000)
