-- The rows of a file, into the temporary table of staged_table.sql.
COPY staged FROM STDIN
