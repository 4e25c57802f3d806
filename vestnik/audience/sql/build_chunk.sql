-- One chunk of an audience: the next clients by id become messages, and those become batches, in one statement.
--
-- Keyset over the client's id, so a chunk costs the same at the end of the directory as at its beginning. Ids come from
-- one sequence, in order, so a batch is a range of ids and no two batches of a mailing overlap. ON CONFLICT: a phone
-- that already has its message in this mailing (it moved to another client meanwhile) gets no second one.
WITH picked AS MATERIALIZED (
    SELECT id, phone_number
    FROM vestnik_client c
    WHERE id > %(after)s
      AND id <= %(limit)s
      AND {matches}
    ORDER BY id
    LIMIT %(chunk)s
), inserted AS (
    INSERT INTO vestnik_message (id, mailing_id, client_id, phone, created_at)
    SELECT nextval('vestnik_message_id_seq'), %(mailing)s, id, phone_number, now()
    FROM picked
    ON CONFLICT DO NOTHING
    RETURNING id
), sliced AS (
    SELECT id, (row_number() OVER (ORDER BY id) - 1) / %(batch)s AS slice FROM inserted
), batched AS (
    INSERT INTO vestnik_batch (mailing_id, first_id, last_id, due_at, queued)
    SELECT %(mailing)s, min(id), max(id), now(), count(*) FROM sliced GROUP BY slice
    RETURNING queued
)
SELECT (SELECT max(id) FROM picked), (SELECT count(*) FROM picked), (SELECT coalesce(sum(queued), 0) FROM batched)
