SELECT line, reason, other_line, attribute FROM checked WHERE reason IS NOT NULL ORDER BY line
