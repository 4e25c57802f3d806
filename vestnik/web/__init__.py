"""What both faces share, REST and the console: middleware, CORS, the table of errors, CSV downloads, ids in paths."""
