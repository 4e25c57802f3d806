"""Size limits of request bodies in bytes."""

from vestnik.clients.imports.limits import MAX_BYTES as MAX_IMPORT_BYTES

#: The maximum size of a JSON body. The largest mailing, with 1,000 tags written as escapes, takes about 400,000 bytes.
MAX_BYTES = 1_000_000
#: Paths that accept a file, which is streamed to disk, and their limits. A form adds a few bytes.
FILES = dict.fromkeys(("/client/import", "/console/clients/import"), MAX_IMPORT_BYTES + 2**20)
