-- Does another gateway that shares a rule with this one take messages now?
SELECT {others}
