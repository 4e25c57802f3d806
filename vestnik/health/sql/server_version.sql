-- Asked of the server each time: an answer shows that it is there.
SELECT current_setting('server_version_num')::int
