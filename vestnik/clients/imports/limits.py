"""Limits of an import: a stranger's file must not fill the machine."""

from collections.abc import Mapping

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _noop

from vestnik.errors import InvalidInput

_MIB = 2**20
#: Bytes of a file as it is sent: some five million clients as CSV.
MAX_BYTES = 256 * _MIB
#: Bytes of the same file unpacked, and how many times its size: a directory packs 3 to 20 times, a bomb 1,000 times.
MAX_UNPACKED, MAX_RATIO = 512 * _MIB, 200
#: Below this many unpacked bytes the ratio says nothing.
HARMLESS = 8 * _MIB
#: Characters of one line; a client has at most some 200.
MAX_LINE = 65_536
#: Rows that a preview and the guess of types look at.
SAMPLE_ROWS = 200
#: Columns of a file.
MAX_COLUMNS = 100
#: Bytes of the texts that a workbook shares between its cells: they are held in memory.
MAX_SHARED = 96 * _MIB
#: Bytes of an archive's directory, which is held in memory: some 10,000 parts; a workbook has a hundred.
MAX_DIRECTORY = _MIB


class FileProblem(InvalidInput):
    """The file cannot be imported as a whole.

    Args:
        sentence: why, in English, for its author. A job that fails keeps it, and each reader sees it in their own
            language.
        details: what stands in its places.
    """

    def __init__(self, sentence: str, **details: str | int) -> None:
        super().__init__({"file": [spoken(sentence, details)]})
        self.sentence, self.details = sentence, details


def unusual_workbook() -> FileProblem:
    """The error for a workbook that was built to use as many resources as possible."""
    return FileProblem(_noop("The workbook has a structure that no spreadsheet program writes: save it as CSV."))


def spoken(sentence: str, details: Mapping[str, object]) -> str:
    """A sentence in the language of the current reader."""
    return (gettext(sentence) % details if details else gettext(sentence)) if sentence else ""


def mebibytes(size: int) -> int:
    """The size of a limit as people say it."""
    return size // _MIB


def check_unpacked(unpacked: int, packed: int) -> None:
    """Look at how large a packed file has become so far.

    Raises:
        FileProblem: it is larger than an import takes, or larger than any directory packed so small.
    """
    if unpacked > MAX_UNPACKED:
        raise FileProblem(_noop("The file unpacks to more than %(most)d MiB."), most=mebibytes(MAX_UNPACKED))
    if unpacked > HARMLESS and unpacked > packed * MAX_RATIO:
        raise FileProblem(_noop("The file unpacks to far more than a directory does: it looks like a zip bomb."))
