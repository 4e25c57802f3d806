-- Why a batch of single messages waits for somebody: its mailing is paused, or no gateway of its rule takes it. No row: it
-- does not.
SELECT m.state = 'paused', m.pause_code, m.pause_answer, m.pause_detail, g.name, s.out_code, s.out_words
FROM vestnik_batch b
JOIN vestnik_mailing m ON m.id = b.mailing_id
LEFT JOIN ({stuck_rules}) s ON s.id = coalesce(b.route_id, 0)
LEFT JOIN vestnik_gateway g ON g.id = s.gateway
WHERE b.id = %(batch)s AND b.state = 'ready' AND (m.state = 'paused' OR s.id IS NOT NULL)
