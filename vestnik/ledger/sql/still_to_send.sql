-- Which of the ids that a dispatcher has in memory are still to be sent, after its batch was changed behind its back.
SELECT id FROM vestnik_message
WHERE mailing_id = %(mailing)s AND id BETWEEN %(first)s AND %(last)s AND state = {QUEUED} AND recalled IS NULL
