"""How a process of ours ends on an error that we foresaw: one sentence and exit status 1, never a traceback."""

import sys
from collections.abc import Callable

from vestnik.errors import VestnikError


def reported(run: Callable[[], None]) -> None:
    """Run, and turn a foreseen error into a sentence on stderr and exit status 1."""
    try:
        run()
    except VestnikError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
