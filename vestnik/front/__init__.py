"""The server in front of the web workers: it reads strangers' requests and writes answers, within limits.

A request gets a worker only when it has arrived completely. An answer leaves its worker at once, however slow its
reader is. Knows HTTP/1 and nothing of Django. Why we wrote it: docs/decisions/web-server.md.
"""
