SELECT line, reason, other_line FROM checked WHERE reason IS NOT NULL ORDER BY line
