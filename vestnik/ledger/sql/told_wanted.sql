-- Does an endpoint want events of messages? One that was disabled a week ago or less may want them later, by a replay.
EXISTS (
    SELECT FROM vestnik_webhook_endpoint e
    WHERE e.event_types && ARRAY[{MESSAGE_EVENTS}]::varchar[]
      AND (e.enabled OR e.disabled_at > now() - interval '7 days')
)
