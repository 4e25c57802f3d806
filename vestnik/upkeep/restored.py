"""Holds back a ledger restored from a backup: it shows an earlier state and must send nothing by itself.

Nobody has to remember that. The ledger knows which database it is in. Each process that connects to work (each keeper,
each dispatcher, ``vestnik migrate``) first checks whether this is another database. If so, the ledger is a copy, and
one process does what is needed, once. So a restore with PostgreSQL's own tools is safe, too. Copies of the server's
files and snapshots of its disk look like a restart: after those, run ``vestnik restored``.
"""

import logging
from dataclasses import dataclass

from vestnik.accounts.audit import SYSTEM
from vestnik.db.connection import Connection, set_for_transaction
from vestnik.db.locks import Lock, lock
from vestnik.db.statements import Statements
from vestnik.ledger.backups import doubt_queued, end_leases
from vestnik.mailings.pauses import pause_sentence
from vestnik.models import PauseCode

SQL = Statements("vestnik.upkeep")

_HIDDEN = "hidden"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The result for a restored ledger: mailings held back, messages in doubt, logins that ended."""

    mailings: int
    messages: int
    logins: int


def hold_if_restored(connection: Connection) -> Held | None:
    """Hold everything back if this ledger is a copy of one that lived elsewhere. None: it is where it was.

    A ledger that was never checked counts as being in its original database.

    Raises:
        psycopg.Error: the ledger is away, or has no table for this yet.
    """
    if _at_home(*place_of(connection)):
        return None
    with connection.transaction():
        lock(connection, Lock.RESTORED)
        here, known = place_of(connection)
        if known is None:
            _remember_place(connection, restored=False)
        if known is None or _at_home(here, known):
            return None
        return _hold(connection)


def hold(connection: Connection) -> Held:
    """Hold everything back: the ledger is known to be a restored backup."""
    with connection.transaction():
        lock(connection, Lock.RESTORED)
        return _hold(connection)


def place_of(connection: Connection) -> tuple[str, str | None]:
    """The ledger's place, and its place at the last check (None: never checked)."""
    ((here, known),) = SQL.run(connection, "where_it_lives", {"system": _system(connection)})
    return here, known


def _at_home(here: str, known: str | None) -> bool:
    """Return whether it is where it was. If one of the two is hidden, the database's number decides."""
    (system, database), (known_system, known_database) = here.split("/"), (known or "/").split("/")
    return database == known_database and (system == known_system or _HIDDEN in {system, known_system})


def _remember_place(connection: Connection, *, restored: bool) -> None:
    SQL.run(connection, "remember_where_it_lives", {"system": _system(connection)}, restored=restored)


def _system(connection: Connection) -> str:
    """SQL for the identifier of the PostgreSQL cluster; where a provider hides it, the database's number must do."""
    ((may_ask,),) = SQL.run(connection, "may_ask_system")
    return "(SELECT system_identifier::text FROM pg_control_system())" if may_ask else f"'{_HIDDEN}'::text"


def _hold(connection: Connection) -> Held:
    # Millions of messages may be queued; and idle timeouts do not count inside of a statement.
    set_for_transaction(connection, statement_timeout="0")
    SQL.run(connection, "move_ids_ahead")
    values = {"code": PauseCode.RESTORED, "reason": pause_sentence(PauseCode.RESTORED)}
    mailings = [row[0] for row in SQL.run(connection, "hold_mailings", **values)]
    end_leases(connection, mailings=mailings)
    messages = doubt_queued(connection, mailings=mailings)
    ((logins,),) = SQL.run(connection, "end_logins")
    _remember_place(connection, restored=True)
    held = Held(mailings=len(mailings), messages=messages, logins=int(logins))
    SQL.run(
        connection, "record_restore",
        actor=SYSTEM, mailings=held.mailings, messages=held.messages, logins=held.logins,
    )  # fmt: skip
    log.warning(
        "this ledger was restored from a backup: %s mailings are held back, %s queued messages are in doubt",
        held.mailings, held.messages,
    )  # fmt: skip
    return held
