-- The next receipts, with the message of each: those that waited and are due again, then new ones in the order in which they
-- came. They are deleted; what is not done is written down by leave_receipts.sql in the same transaction. So many bodies are
-- locked as should do by the size of the first ones, and as many of them opened as fit.
--
-- A receipt that names our id goes by the batch that holds it (o), if there is one. Else the provider's id names the message, by
-- what was written down with the outcome (p, whose batch is n). Should a provider use an id again, the newest message has it; so
-- beside our id it only says which part of that message is meant. parts: how many the message has.
WITH next AS MATERIALIZED (
    SELECT id, cardinality(fates) AS count FROM vestnik_receipt_body
    ORDER BY id
    LIMIT (SELECT ceil(%(most)s / coalesce(avg(cardinality(x.fates)), 1))::bigint
           FROM (SELECT fates FROM vestnik_receipt_body ORDER BY id LIMIT 20) x)
    FOR UPDATE SKIP LOCKED
), opened AS (
    DELETE FROM vestnik_receipt_body WHERE id = ANY (ARRAY(
        SELECT x.id FROM (SELECT id, sum(count) OVER (ORDER BY id) - count AS before FROM next) x
        WHERE x.before < %(most)s))
    RETURNING *
), again AS (
    DELETE FROM vestnik_receipt WHERE id = ANY (ARRAY(
        SELECT id FROM vestnik_receipt WHERE verdict = '' AND due_at <= clock_timestamp()
        ORDER BY due_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED))
    RETURNING *
), taken AS MATERIALIZED (
    SELECT 0::bigint AS body, r.id AS place, r.gateway_id, r.provider_id, r.message_id, r.fate, r.code, r.words, r.operator,
           extract(epoch FROM r.at)::float8 AS at, r.received_at
    FROM again r
    UNION ALL
    SELECT o.id, u.place, o.gateway_id, u.provider_id, u.message_id, u.fate, coalesce(u.code, ''), coalesce(u.words, ''),
           u.operator, u.at, o.received_at
    FROM opened o
    CROSS JOIN LATERAL unnest(o.provider_ids, o.message_ids, o.fates, o.codes, o.words, o.operators, o.times)
        WITH ORDINALITY AS u (provider_id, message_id, fate, code, words, operator, at, place)
)
SELECT t.gateway_id, t.provider_id, t.message_id, t.fate, t.code, t.words, t.operator, t.at,
       extract(epoch FROM t.received_at)::float8, extract(epoch FROM clock_timestamp() - t.received_at)::float8,
       coalesce(o.mailing_id, p.mailing_id), CASE WHEN o.id IS NULL THEN coalesce(p.message_id, t.message_id) ELSE t.message_id END,
       coalesce(o.id, n.id), p.part, p.parts
FROM taken t
LEFT JOIN LATERAL ({batch_of:t.message_id}) o ON true
LEFT JOIN LATERAL (
    SELECT x.mailing_id, x.message_id, x.part,
           (SELECT count(*) FROM vestnik_provider_message y
            WHERE y.mailing_id = x.mailing_id AND y.message_id = x.message_id AND y.gateway_id = x.gateway_id)::int AS parts
    FROM vestnik_provider_message x
    WHERE x.gateway_id = t.gateway_id AND x.provider_id = t.provider_id
      AND (o.id IS NULL OR (x.mailing_id = o.mailing_id AND x.message_id = t.message_id))
    ORDER BY x.mailing_id DESC, x.message_id DESC LIMIT 1
) p ON t.provider_id <> ''  -- of which parts have none
LEFT JOIN LATERAL (
    SELECT x.id, x.last_id FROM vestnik_batch x
    WHERE o.id IS NULL AND x.mailing_id = p.mailing_id AND x.first_id <= p.message_id ORDER BY x.first_id DESC LIMIT 1
) n ON n.last_id >= p.message_id
ORDER BY t.body, t.place
