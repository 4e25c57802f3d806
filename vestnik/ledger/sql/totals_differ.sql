-- The frozen totals of a mailing beside the sums of its batches' counters; nothing where they agree, are not frozen, or
-- stand alone since retention dropped the messages.
SELECT m.totals, s.summed
FROM vestnik_mailing m
CROSS JOIN LATERAL (
    SELECT ARRAY[{counters:coalesce(sum(*), 0)}]::bigint[] AS summed
    FROM vestnik_batch b WHERE b.mailing_id = m.id
) s
WHERE m.id = %(mailing)s AND m.frozen_at IS NOT NULL AND m.messages_dropped_at IS NULL
  AND ARRAY(SELECT coalesce((m.totals->>word)::bigint, 0)
            FROM unnest(%(words)s::text[]) WITH ORDINALITY AS w (word, place) ORDER BY place) <> s.summed
