-- The data goes as bytes (b). Django would write a MiB of it into the statement as two MiB of digits, which the server
-- reads one by one: of 100,000 rows 103 ms, as bytes 29.
INSERT INTO vestnik_importpiece (job_id, number, data) VALUES (%(job)s, %(number)s, %(data)b)
