SELECT reason, count(*) FROM checked WHERE reason IS NOT NULL GROUP BY reason ORDER BY count(*) DESC, reason
