"""The names of the streams in a compound file: the container of Office 97 to 2003, and of encrypted workbooks.

[MS-CFB] (Microsoft, Compound File Binary File Format), sections 2.2 (header) and 2.6.1 (directory entry).
"""

from typing import IO

#: [MS-CFB] 2.2: the first half of the header signature.
MAGIC = b"\xd0\xcf\x11\xe0"
#: [MS-CFB] 2.6.1: bytes of a directory entry. Sectors are multiples of it, so every entry begins at a multiple.
_ENTRY = 128
#: Where an entry keeps the length of its name (bytes, with the final NUL), and its type; and the type of a stream.
_LENGTH, _TYPE, _STREAM = 64, 66, 2
_PIECE = 256 * 1024


def stream_names(file: IO[bytes]) -> set[str]:
    """The names of all streams, looked for at every place where an entry may stand; memory stays flat.

    The chain of the directory's sectors is not followed: a file that was cut off is told as what it was all the same.
    """
    names: set[str] = set()
    file.seek(0)
    while piece := file.read(_PIECE):
        for at in range(0, len(piece) - _ENTRY + 1, _ENTRY):
            length = piece[at + _LENGTH]
            if piece[at + _TYPE] == _STREAM and 4 <= length <= 64 and not piece[at + _LENGTH + 1] and length % 2 == 0:
                name = piece[at : at + length - 2].decode("utf-16-le", "replace")
                if name.isascii() and name.isalnum():
                    names.add(name)
        if len(names) > 1_000:
            break
    return names
