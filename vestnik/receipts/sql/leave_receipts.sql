-- Writes receipts down that were taken and are not done: those that came too early wait, the rest is kept for people to see.
INSERT INTO vestnik_receipt
    (gateway_id, provider_id, message_id, fate, code, words, operator, at, received_at, due_at, verdict)
SELECT g.gateway_id, g.provider_id, g.message_id, g.fate, g.code, g.words, g.operator, to_timestamp(g.at),
       to_timestamp(g.received), clock_timestamp() + make_interval(secs => g.wait), g.verdict
FROM unnest(%(gateway)s::smallint[], %(provider_id)s::text[], %(message_id)s::bigint[], %(fate)s::smallint[], %(code)s::text[],
            %(words)s::text[], %(operator)s::text[], %(at)s::float8[], %(received)s::float8[], %(wait)s::float8[],
            %(verdict)s::text[])
    AS g (gateway_id, provider_id, message_id, fate, code, words, operator, at, received, wait, verdict)
