-- Messages of a leased batch that its holder will not hand over: recalled, or on the stop list. Cancelled, or unknown where
-- an earlier attempt may have been delivered. granted: they are covered by the high-water mark, so they count as sending.
-- The holder must own the lease (the batch is locked), and none of them may have been handed over.
--
-- Joined by both columns of the key, not by a constant: record_sent.sql says why.
WITH picked AS MATERIALIZED (
    SELECT %(mailing)s::bigint AS mailing_id, id FROM unnest(%(ids)s::bigint[]) AS p (id)
), withdrawn AS (
    UPDATE vestnik_message m
    SET state = CASE WHEN in_doubt THEN {UNKNOWN} ELSE {CANCELLED} END,
        recalled = coalesce(recalled, %(code)s),
        code = CASE WHEN in_doubt THEN code ELSE coalesce(recalled, %(code)s) END,
        detail = CASE WHEN in_doubt THEN detail ELSE 'not to be sent any more: on the stop list, or its client was deleted' END,
        not_before = NULL
    FROM picked p
    WHERE m.mailing_id = p.mailing_id AND m.id = p.id AND m.state = {QUEUED} AND {logged_at:%(batch)s} IS NULL
    RETURNING m.id, m.state, m.client_id, m.phone
), counted AS (
    SELECT count(*) FILTER (WHERE state = {CANCELLED}) AS cancelled, count(*) FILTER (WHERE state = {UNKNOWN}) AS unknown FROM withdrawn
)
UPDATE vestnik_batch b
SET queued = b.queued - CASE WHEN %(granted)s THEN 0 ELSE c.cancelled + c.unknown END,
    sending = b.sending - CASE WHEN %(granted)s THEN c.cancelled + c.unknown ELSE 0 END,
    cancelled = b.cancelled + c.cancelled,
    unknown = b.unknown + c.unknown
FROM counted c
WHERE b.id = %(batch)s
RETURNING (SELECT array_agg(ARRAY[id, state, client_id, phone] ORDER BY id) FROM withdrawn)
