-- A part of statements: adds the rows that they have changed to the counts of this minute by gateway (note_minute.sql). The
-- rows have state, code and gateway_id. Expired and cancelled messages went over none; and 0 is one that nobody knows.
noted AS (
    INSERT INTO vestnik_gatewayminute AS k (gateway_id, minute, writer, state, code, count)
    SELECT coalesce(noted.gateway_id, 1), date_trunc('minute', clock_timestamp()), pg_backend_pid(), noted.state,
           CASE WHEN noted.state = {SENT} THEN '' ELSE left(coalesce(noted.code, ''), 60) END, count(*)
    FROM {rows} noted
    WHERE noted.state IN ({QUEUED}, {SENT}, {FAILED}, {UNKNOWN}) AND noted.gateway_id IS DISTINCT FROM 0
    GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (gateway_id, minute, writer, state, code) DO UPDATE SET count = k.count + excluded.count
)
