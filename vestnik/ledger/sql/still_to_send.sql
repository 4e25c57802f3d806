-- Which of the ids that a dispatcher has in memory are still to be sent, after its batch was changed behind its back.
SELECT m.id FROM vestnik_message m
WHERE mailing_id = %(mailing)s AND id BETWEEN %(first)s AND %(last)s AND state = {QUEUED} AND recalled IS NULL
  AND {logged_at:%(batch)s} IS NULL
ORDER BY m.id
