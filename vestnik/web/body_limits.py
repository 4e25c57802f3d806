"""Limits, in bytes, of a request's body."""

from vestnik.clients.imports.limits import MAX_BYTES as MAX_IMPORT_BYTES

#: Bytes of a body of JSON; the greatest mailing, with 1,000 tags all in escapes, takes about 400,000.
MAX_BYTES = 1_000_000
#: Paths whose body is a file, which is streamed to disk, and how many bytes each takes; a form adds a few.
FILES = dict.fromkeys(("/client/import", "/console/clients/import"), MAX_IMPORT_BYTES + 2**20)
