"""Ends a process on an expected error with one sentence and exit status 1, never a traceback."""

import sys
from collections.abc import Callable

from vestnik.errors import VestnikError
from vestnik.printable import lines


def reported(run: Callable[[], None]) -> None:
    """Run, and turn a foreseen error into a sentence on stderr and exit status 1."""
    try:
        run()
    except VestnikError as error:
        words = str(error)
    except Exception as error:
        # Only here, so that a command that needs no ledger does not load it.
        from vestnik.db.away import why_away

        away = why_away(error)
        if away is None:
            raise
        words = away.sentence
    else:
        return
    sys.stderr.write(f"{lines(words)}\n")
    sys.exit(1)
