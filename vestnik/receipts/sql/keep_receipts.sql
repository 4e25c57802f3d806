-- Keeps the receipts of one call, a row for each 500 of them, until somebody looks at them. They are committed before the
-- provider gets its answer. What none of them has is null. Rows of one receipt each cost ten times as much, and their taking and
-- deleting as well.
INSERT INTO vestnik_receipt_body
    (gateway_id, received_at, fates, provider_ids, message_ids, codes, words, operators, times)
SELECT %(gateway)s::smallint, clock_timestamp(), b.fates[n : n + 499], b.provider_ids[n : n + 499], b.message_ids[n : n + 499],
       b.codes[n : n + 499], b.words[n : n + 499], b.operators[n : n + 499], b.times[n : n + 499]
FROM (
    SELECT %(fates)s::smallint[] AS fates, %(provider_ids)s::text[] AS provider_ids, %(message_ids)s::bigint[] AS message_ids,
           %(codes)s::text[] AS codes, %(words)s::text[] AS words, %(operators)s::text[] AS operators,
           %(times)s::float8[] AS times
) b CROSS JOIN LATERAL generate_series(1, cardinality(b.fates), 500) n
