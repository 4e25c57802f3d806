SELECT count(*),
    count(*) FILTER (WHERE reason IS NOT NULL),
    count(*) FILTER (WHERE reason IS NULL AND client IS NULL),
    count(*) FILTER (WHERE reason IS NULL AND client IS NOT NULL AND NOT same),
    count(*) FILTER (WHERE reason IS NULL AND client IS NOT NULL AND same),
    count(*) FILTER (WHERE reason IS NULL AND warning IS NOT NULL)
FROM checked
