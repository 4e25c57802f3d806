"""Types of arguments that click lacks or reads too leniently, and files with people's data."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO, Any

import click

from vestnik.errors import ClusterError
from vestnik.instants import read_day

#: Days that a report can be asked for: far from the calendar's ends, where no time zone has an instant for them.
_FIRST, _LAST = date(1970, 1, 2), date(9000, 12, 31)


class Day(click.ParamType[date]):
    """A day such as 2030-01-31."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read it.

        Raises:
            BadParameter: it is no day, or of no year that Vestnik knows.
        """
        day = value if isinstance(value, date) else read_day(str(value))
        if day is None or not _FIRST <= day <= _LAST:
            self.fail(f"{str(value)[:40]!r} is not a day. Example: 2030-01-31.", param, ctx)
        return day


@contextmanager
def private_output(name: str) -> Iterator[IO[bytes]]:
    """A file with people's data, its owner's alone (0600) whatever the umask; whole, or as it was before.

    Args:
        name: of the file; ``-``: the standard output. What is no ordinary file, such as a pipe, is written as it is.

    Raises:
        ClusterError: it cannot be written there.
    """
    file = Path(name)
    if name == "-":
        yield sys.stdout.buffer
        return
    try:
        if file.exists() and not file.is_file():
            with file.open("wb") as output:
                yield output
            return
        # mkstemp(3) makes it with 0600.
        descriptor, half = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    except OSError as error:
        raise ClusterError(f"{name} cannot be written: {error.strerror}.") from error
    try:
        with os.fdopen(descriptor, "wb") as output:
            yield output
        Path(half).replace(file)
    finally:
        Path(half).unlink(missing_ok=True)
