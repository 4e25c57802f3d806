-- Which of the ids that a dispatcher still has in memory were recalled.
SELECT id FROM vestnik_message
WHERE mailing_id = %(mailing)s AND id BETWEEN %(first)s AND %(last)s AND recalled IS NOT NULL
