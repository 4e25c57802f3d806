-- The rows of the sample, into the temporary table of sample_table.sql.
COPY sample FROM STDIN
