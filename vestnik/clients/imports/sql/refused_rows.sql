SELECT line, reason, other_line FROM judged WHERE reason IS NOT NULL ORDER BY line
