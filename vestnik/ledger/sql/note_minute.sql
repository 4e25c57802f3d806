-- Adds what one transaction wrote to the counts of this minute, for "the last hour" of a gateway. In the same transaction, so
-- it is right whatever dies. A session has rows of its own: it waits for nobody, and an UPDATE stays within the page.
INSERT INTO vestnik_gatewayminute AS k (gateway_id, minute, writer, state, code, count)
SELECT %(gateway)s, date_trunc('minute', clock_timestamp()), pg_backend_pid(), g.state, g.code, g.rows
FROM unnest(%(state)s::smallint[], %(code)s::text[], %(rows)s::bigint[]) AS g (state, code, rows)
ON CONFLICT (gateway_id, minute, writer, state, code) DO UPDATE SET count = k.count + excluded.count
