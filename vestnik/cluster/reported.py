"""How a process of ours ends on an error that we foresaw: one sentence and exit status 1, never a traceback."""

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
        away = _why_away(error)
        if away is None:
            raise
        words = f"The ledger cannot be reached ({away}): start PostgreSQL, or look at DATABASE_URL."
    else:
        return
    sys.stderr.write(f"{lines(words)}\n")
    sys.exit(1)


def _why_away(error: Exception) -> str | None:
    """Why PostgreSQL could not be connected to, if that is the error, or its cause (Django wraps it); else None."""
    # Only here, so that a command that needs no ledger does not load it.
    import psycopg

    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    if not isinstance(cause, psycopg.OperationalError) or cause.sqlstate is not None:
        return None
    return str(cause).splitlines()[0]
