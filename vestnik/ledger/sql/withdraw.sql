-- Messages of a leased batch that its holder will not hand over: recalled, on the stop list, or of a personal mailing and
-- without values, which is said with a code of its own. Cancelled, or unknown where
-- an earlier attempt may have been delivered. granted: they are covered by the high-water mark, so they count as sending.
-- The holder must own the lease (the batch is locked), and none of them may have been handed over.
--
-- Joined by both columns of the key, not by a constant: record_sent.sql says why.
WITH picked AS MATERIALIZED (
    SELECT %(mailing)s::bigint AS mailing_id, id, (SELECT personal FROM vestnik_mailing WHERE id = %(mailing)s) AS personal
    FROM unnest(%(ids)s::bigint[]) AS p (id)
), withdrawn AS (
    UPDATE vestnik_message m
    SET state = CASE WHEN in_doubt THEN {UNKNOWN} ELSE {CANCELLED} END,
        recalled = coalesce(recalled, CASE WHEN p.personal AND field_values IS NULL THEN 'values_erased' ELSE %(code)s END),
        code = CASE WHEN in_doubt THEN code
                    ELSE coalesce(recalled, CASE WHEN p.personal AND field_values IS NULL THEN 'values_erased' ELSE %(code)s END) END,
        detail = CASE WHEN in_doubt THEN detail
                      WHEN recalled IS NULL AND p.personal AND field_values IS NULL
                          THEN 'not to be sent any more: the values of its personal text are not there'
                      ELSE 'not to be sent any more: on the stop list, or its client was deleted' END,
        not_before = NULL, outcome_at = clock_timestamp()
    FROM picked p
    WHERE m.mailing_id = p.mailing_id AND m.id = p.id AND m.state = {QUEUED} AND {logged_at:%(batch)s} IS NULL
    RETURNING m.mailing_id, m.id, m.state, m.client_id, m.phone
), {tell:withdrawn}, counted AS (
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
