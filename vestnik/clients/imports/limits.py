"""How much an import takes: what strangers send must not fill a machine."""

from vestnik.errors import InvalidInput

#: Bytes of a file as it is sent: some five million clients as CSV.
MOST_BYTES = 256 * 2**20
#: Bytes of the same file unpacked, and how many times its size: a directory packs 3 to 20 times, a bomb 1,000 times.
MOST_UNPACKED, MOST_RATIO = 512 * 2**20, 200
#: Below this many unpacked bytes the ratio says nothing.
HARMLESS = 8 * 2**20
#: Characters of one line; a client has at most some 200.
MOST_LINE = 65_536
#: Columns of a file.
MOST_COLUMNS = 100
#: Bytes of the texts that a workbook shares between its cells: they are held in memory.
MOST_SHARED = 96 * 2**20


class FileProblem(InvalidInput):
    """The file cannot be imported as a whole; ``reason`` says why, in one sentence for its author."""

    def __init__(self, reason: str) -> None:
        super().__init__({"file": [reason]})
        self.reason = reason


def check_unpacked(unpacked: int, packed: int) -> None:
    """Look at how large a packed file has become so far.

    Raises:
        FileProblem: it is larger than an import takes, or larger than any directory packed so small.
    """
    if unpacked > MOST_UNPACKED:
        raise FileProblem(f"The file unpacks to more than {MOST_UNPACKED:,} bytes.")
    if unpacked > HARMLESS and unpacked > packed * MOST_RATIO:
        raise FileProblem("The file unpacks to far more than a directory does: it looks like a zip bomb.")
