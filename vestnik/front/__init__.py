"""The HTTP server in front of the web workers. It reads requests and writes answers within limits.

A request is passed to a worker only after all of it has arrived. An answer is taken from its worker at once, even if
the client reads it slowly. The package speaks HTTP/1 and does not use Django. The reasons are in
docs/decisions/web-server.md.
"""
