-- A part of statements: keeps which messages got which outcome, in the transaction that writes it, for endpoints that
-- want message.* (docs/decisions/webhooks.md). Where none does, it costs one look at a table of a few rows.
told AS (
    INSERT INTO vestnik_webhook_outcome (mailing_id, state, ids, at)
    SELECT told.mailing_id, told.state, array_agg(told.id ORDER BY told.id), clock_timestamp()
    FROM {rows} told
    WHERE told.state IN ({SENT}, {DELIVERED}, {UNDELIVERED}, {FAILED}, {UNKNOWN}) AND {told_wanted}
    GROUP BY told.mailing_id, told.state
)
