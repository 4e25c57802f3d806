-- One chunk of an audience: the next clients by id become messages, and those become batches, in one statement.
--
-- Keyset over the client's id, so a chunk costs the same at the end of the directory as at its beginning. Ids come from
-- one sequence, in order, so a batch is a range of ids and no two batches of a mailing overlap.
--
-- A phone that already has its message in this mailing (it moved to another client meanwhile) gets no second one. That
-- is rare, and ON CONFLICT costs each row another look into both unique indexes and a record more of WAL, so a chunk
-- is tried without and made anew with it.
--
-- A phone on the stop list has its row like any other, cancelled from the start: one row per person of the audience, so
-- the totals say how many there were and why they got nothing.
--
-- A mailing out of a backup that nobody has resumed may have been sent since: what it gets now is in doubt, too.
WITH picked AS MATERIALIZED (
    SELECT id, phone_number,
           EXISTS (SELECT FROM vestnik_stoppedphone s WHERE s.phone_number = c.phone_number) AS stopped
    FROM vestnik_client c
    WHERE id > %(after)s
      AND id <= %(limit)s
      AND {matches}
    ORDER BY id
    LIMIT %(chunk)s
), inserted AS (
    INSERT INTO vestnik_message (id, mailing_id, client_id, phone, created_at, state, in_doubt, recalled, code, detail)
    SELECT nextval('vestnik_message_id_seq'), %(mailing)s, id, phone_number, now(), CASE WHEN stopped THEN {CANCELLED} ELSE {QUEUED} END,
           NOT stopped AND EXISTS (SELECT FROM vestnik_mailing m WHERE m.id = %(mailing)s AND m.restored_at IS NOT NULL),
           CASE WHEN stopped THEN %(stop_code)s END, CASE WHEN stopped THEN %(stop_code)s END,
           CASE WHEN stopped THEN %(stop_detail)s END
    FROM picked
    {on_conflict}
    RETURNING id, state
), sliced AS (
    SELECT id, state, (row_number() OVER (ORDER BY id) - 1) / %(batch)s AS slice FROM inserted
), batched AS (
    INSERT INTO vestnik_batch (mailing_id, first_id, last_id, due_at, queued, cancelled, state)
    SELECT %(mailing)s, min(id), max(id), now(), count(*) FILTER (WHERE state = {QUEUED}), count(*) FILTER (WHERE state = {CANCELLED}),
           {ready_if:bool_or(state = {QUEUED})}
    FROM sliced GROUP BY slice
    RETURNING queued + cancelled AS made
)
SELECT (SELECT max(id) FROM picked), (SELECT count(*) FROM picked), (SELECT coalesce(sum(made), 0) FROM batched)
