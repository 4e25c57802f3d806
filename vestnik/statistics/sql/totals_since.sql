-- The totals of all mailings that started since an instant, added: frozen totals, and sums of batch counters.
WITH mailing AS MATERIALIZED (
    SELECT id, frozen_at, totals FROM vestnik_mailing WHERE started_at >= %(since)s AND hidden_at IS NULL
), sums AS (
    SELECT {counters:b.*}
    FROM mailing m JOIN vestnik_batch b ON b.mailing_id = m.id WHERE m.frozen_at IS NULL
    UNION ALL
    SELECT t.* FROM mailing m CROSS JOIN LATERAL jsonb_to_record(m.totals)
        AS t ({counters:* bigint})
    WHERE m.frozen_at IS NOT NULL
)
SELECT (SELECT count(*) FROM mailing), {counters:coalesce(sum(*), 0)}
FROM sums
