-- All names of time zones that PostgreSQL knows: it reads the files of all of them, which takes some 50 ms.
SELECT name FROM pg_timezone_names
