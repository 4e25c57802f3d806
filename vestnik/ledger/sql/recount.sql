-- Writes into the counters what the rows say, where they differ; and a batch with nothing queued is done, one with
-- something queued is due. The holder of a leased batch is told that its rows changed, as by a recall, and grants
-- nothing before it has read which of its messages are still to be sent.
WITH counted AS (
    SELECT b.id, r.*
    {file:counted_batches}
)
UPDATE vestnik_batch b
SET {counters:* = c.*},
    state = CASE WHEN b.state = 'leased' THEN 'leased' WHEN c.queued > 0 THEN 'ready' ELSE 'done' END,
    recalls = b.recalls + 1,
    due_at = CASE WHEN b.state = 'done' AND c.queued > 0 THEN clock_timestamp() ELSE b.due_at END
FROM counted c
WHERE b.id = c.id
  AND (({counters:b.*}) <> ({counters:c.*})
       OR (b.state = 'ready' AND c.queued = 0) OR (b.state = 'leased' AND %(adopted)s))
RETURNING b.id
