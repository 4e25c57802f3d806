-- The books of all mailings that started since an instant, added: frozen totals, and sums of batch counters.
WITH mailing AS MATERIALIZED (
    SELECT id, frozen_at, totals FROM vestnik_mailing WHERE started_at >= %(since)s AND hidden_at IS NULL
), books AS (
    SELECT b.queued, b.sending, b.sent, b.delivered, b.undelivered, b.failed, b.expired, b.cancelled, b.unknown
    FROM mailing m JOIN vestnik_batch b ON b.mailing_id = m.id WHERE m.frozen_at IS NULL
    UNION ALL
    SELECT t.* FROM mailing m CROSS JOIN LATERAL jsonb_to_record(m.totals)
        AS t (queued bigint, sending bigint, sent bigint, delivered bigint, undelivered bigint, failed bigint,
              expired bigint, cancelled bigint, unknown bigint)
    WHERE m.frozen_at IS NOT NULL
)
SELECT (SELECT count(*) FROM mailing), coalesce(sum(queued), 0), coalesce(sum(sending), 0), coalesce(sum(sent), 0),
       coalesce(sum(delivered), 0), coalesce(sum(undelivered), 0), coalesce(sum(failed), 0), coalesce(sum(expired), 0),
       coalesce(sum(cancelled), 0), coalesce(sum(unknown), 0)
FROM books
