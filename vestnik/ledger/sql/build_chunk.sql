-- One chunk of an audience: the next clients by id become messages, and those become batches, in one statement. For an
-- audience without a send window that goes by one rule; all others: build_chunk_in_groups.sql.
--
-- Ids come from one sequence, in order, so a batch is a range of ids and no two batches of a mailing overlap.
--
-- A phone that already has its message in this mailing (it moved to another client meanwhile) gets no second one. That
-- is rare, and ON CONFLICT costs each row another look into both unique indexes and a record more of WAL, so a chunk
-- is tried without and made anew with it.
WITH {clients}, inserted AS (
    {file:new_messages}
    FROM picked
    {on_conflict}
    RETURNING id, state
), sliced AS (
    SELECT id, state, (row_number() OVER (ORDER BY id) - 1) / %(batch)s AS slice FROM inserted
), batched AS (
    INSERT INTO vestnik_batch (mailing_id, route_id, first_id, last_id, due_at, queued, cancelled, state)
    SELECT %(mailing)s, %(route)s, min(id), max(id), now(), count(*) FILTER (WHERE state = {QUEUED}), count(*) FILTER (WHERE state = {CANCELLED}),
           {ready_if:bool_or(state = {QUEUED})}
    FROM sliced GROUP BY slice
    RETURNING queued + cancelled AS made
)
SELECT (SELECT max({position}) FROM {looked_at}), (SELECT count(*) FROM {looked_at}), (SELECT coalesce(sum(made), 0) FROM batched)
