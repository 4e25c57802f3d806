-- Counts anew what other gateways than the one that a batch names did of it. For batches of one mailing that are locked,
-- after a change of messages that may have gone over others. Nothing happens where there never was a second gateway.
WITH given AS MATERIALIZED (
    SELECT b.id, b.first_id, b.last_id, coalesce(b.gateway_id, 1) AS gateway_id FROM vestnik_batch b
    WHERE b.id = ANY (%(batches)s::bigint[]) AND b.mailing_id = %(mailing)s
      AND EXISTS (SELECT FROM vestnik_gateway WHERE id <> 1)
), found AS (
    SELECT g.id AS batch_id, m.gateway_id,
           count(*) FILTER (WHERE m.state = {SENT}) AS sent,
           count(*) FILTER (WHERE m.state = {DELIVERED}) AS delivered,
           count(*) FILTER (WHERE m.state = {UNDELIVERED}) AS undelivered,
           count(*) FILTER (WHERE m.state = {FAILED}) AS failed,
           count(*) FILTER (WHERE m.state = {UNKNOWN}) AS unknown
    FROM given g
    CROSS JOIN LATERAL (
        SELECT coalesce(l.over, CASE WHEN m.gateway_id = 0 THEN g.gateway_id ELSE coalesce(m.gateway_id, 1) END) AS gateway_id,
               CASE WHEN l.over IS NULL THEN m.state ELSE {SENT} END AS state
        FROM vestnik_message m CROSS JOIN LATERAL (SELECT {logged_over:g.id} AS over OFFSET 0) l
        WHERE m.mailing_id = %(mailing)s AND m.id BETWEEN g.first_id AND g.last_id
        ORDER BY m.id OFFSET 0
    ) m
    WHERE m.gateway_id <> g.gateway_id AND m.state NOT IN ({QUEUED}, {EXPIRED}, {CANCELLED})
    GROUP BY g.id, m.gateway_id
), every AS (
    SELECT batch_id, gateway_id FROM found
    UNION SELECT o.batch_id, o.gateway_id FROM vestnik_batchgateway o JOIN given g ON g.id = o.batch_id
)
INSERT INTO vestnik_batchgateway (batch_id, gateway_id, mailing_id, sent, delivered, undelivered, failed, unknown)
SELECT e.batch_id, e.gateway_id, %(mailing)s, coalesce(f.sent, 0), coalesce(f.delivered, 0), coalesce(f.undelivered, 0),
       coalesce(f.failed, 0), coalesce(f.unknown, 0)
FROM every e LEFT JOIN found f ON f.batch_id = e.batch_id AND f.gateway_id = e.gateway_id
ON CONFLICT (batch_id, gateway_id) DO UPDATE
SET sent = excluded.sent, delivered = excluded.delivered, undelivered = excluded.undelivered, failed = excluded.failed,
    unknown = excluded.unknown
