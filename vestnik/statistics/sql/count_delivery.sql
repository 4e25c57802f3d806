-- Counts what receipts have said of the messages of some batches, of those whose counters are not the ones it was counted
-- at, and moves the counts of their mailing by the difference. So a page about ten million messages reads only what has
-- changed since somebody last looked, and then a few hundred rows (count_outcomes.sql has the same idea).
--
-- The lock of the mailing is held: two at once would add the same batch twice. A delay is not known where the receipt was
-- the first to say that the message was sent; then both times are one. An operator is what the provider says, else the
-- operator code of the phone, else nothing: the phone is erased. DELAYS buckets are as wide as a doubling.
-- ORDER BY x.id OFFSET 0: as in count_outcomes.sql.
WITH stale AS MATERIALIZED (
    SELECT b.id, b.first_id, b.last_id, s.stamp, coalesce(d.counts, '[]') AS before
    FROM vestnik_batch b
    CROSS JOIN LATERAL (SELECT ARRAY[b.delivered, b.undelivered] AS stamp) s
    LEFT JOIN vestnik_batchdelivery d ON d.batch_id = b.id
    WHERE b.mailing_id = %(mailing)s AND (b.delivered + b.undelivered > 0 OR d.batch_id IS NOT NULL)
      AND d.stamp IS DISTINCT FROM s.stamp
    LIMIT %(most)s
), message AS MATERIALIZED (
    SELECT s.id AS batch, m.state, m.gateway, m.code, m.detail,
           coalesce(p.operator, CASE WHEN m.phone > 0 THEN '#' || m.phone / 10000000 %% 1000 ELSE '' END) AS operator,
           floor(extract(epoch FROM m.sent_at) / 3600)::bigint AS hour,
           CASE WHEN m.outcome_at <> m.sent_at
               THEN floor({DELAYS} * ln(greatest(extract(epoch FROM m.outcome_at - m.sent_at)::float8, 0.01)) / ln(2))::int
           END AS delay
    FROM stale s
    CROSS JOIN LATERAL (
        SELECT x.id, x.state, x.phone, x.code, x.detail, x.sent_at, x.outcome_at, coalesce(x.gateway_id, 1) AS gateway
        FROM vestnik_message x
        WHERE x.mailing_id = %(mailing)s AND x.id BETWEEN s.first_id AND s.last_id
          AND x.state IN ({DELIVERED}, {UNDELIVERED})
        ORDER BY x.id OFFSET 0
    ) m
    LEFT JOIN LATERAL (
        SELECT x.operator FROM vestnik_provider_message x
        WHERE x.mailing_id = %(mailing)s AND x.message_id = m.id AND x.gateway_id = m.gateway AND x.operator <> ''
        LIMIT 1
    ) p ON true
), item AS MATERIALIZED (
    SELECT m.batch, k.kind, k.key, m.state, count(*) AS messages, max(k.words) AS words
    FROM message m
    CROSS JOIN LATERAL (VALUES
        ({GATEWAY}, m.gateway::text, NULL),
        ({OPERATOR}, m.operator, NULL),
        ({HOUR}, m.hour::text, NULL),
        ({CODE}, CASE WHEN m.state = {UNDELIVERED} THEN coalesce(m.code, '') END, m.detail),
        ({DELAY}, CASE WHEN m.state = {DELIVERED} THEN m.gateway || ':' || m.delay END, NULL)
    ) AS k (kind, key, words)
    WHERE k.key IS NOT NULL
    GROUP BY m.batch, k.kind, k.key, m.state
), written AS (
    INSERT INTO vestnik_batchdelivery (batch_id, stamp, counts)
    SELECT s.id, s.stamp, coalesce(
        (SELECT jsonb_agg(jsonb_build_array(i.kind, i.key, i.state, i.messages)) FROM item i WHERE i.batch = s.id), '[]')
    FROM stale s
    ON CONFLICT (batch_id) DO UPDATE SET stamp = excluded.stamp, counts = excluded.counts
), difference AS (
    SELECT kind, key, state, sum(messages)::bigint AS messages, max(words) AS words
    FROM (
        SELECT kind, key, state, messages, words FROM item
        UNION ALL
        SELECT (o.item->>0)::int, o.item->>1, (o.item->>2)::smallint, -(o.item->>3)::bigint, NULL
        FROM stale s CROSS JOIN LATERAL jsonb_array_elements(s.before) AS o (item)
    ) both_sides
    GROUP BY kind, key, state HAVING sum(messages) <> 0
), totals AS (
    INSERT INTO vestnik_deliverycount AS c (mailing_id, kind, key, state, count, words)
    SELECT %(mailing)s, kind, key, state, messages, words FROM difference
    ON CONFLICT (mailing_id, kind, key, state)
    DO UPDATE SET count = c.count + excluded.count, words = coalesce(excluded.words, c.words)
)
SELECT count(*) FROM stale
