"""What REST and the console share: middleware, CORS, the table of errors, CSV downloads, ids in paths."""
