"""What stands between strangers and the workers of the web: it reads requests and writes answers, within limits.

A request takes a worker only when all of it is there; an answer leaves its worker at once, however slowly its reader
takes it. Knows HTTP/1 and nothing of Django. Why it is ours: docs/decisions/web-server.md.
"""
