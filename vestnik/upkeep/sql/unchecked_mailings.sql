-- Mailings that ended lately and whose totals nobody has compared with their rows since, with their messages, in the order
-- in which they ended. By the index of what is finished; older ones were checked when they ended.
SELECT m.id, (SELECT coalesce(sum(value::bigint), 0)::bigint FROM jsonb_each_text(m.totals))
FROM vestnik_mailing m
LEFT JOIN vestnik_bookscheck c ON c.mailing_id = m.id
WHERE m.finished_at > clock_timestamp() - interval '2 days' AND m.frozen_at IS NOT NULL
  AND m.messages_dropped_at IS NULL AND (c.checked_at IS NULL OR c.checked_at < m.frozen_at)
ORDER BY m.frozen_at, m.id
LIMIT %(most)s
