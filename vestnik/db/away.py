"""Defines when the ledger is away, for dispatch, REST, console, command line, health and doctor.

A ledger is away if the request is right and would work at another time or with other rights: it cannot be reached,
starts or stops, takes no changes, is full. PostgreSQL says so by its SQLSTATEs
(https://www.postgresql.org/docs/current/errcodes-appendix.html).
"""

from dataclasses import dataclass
from enum import StrEnum

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError
from django.utils.translation import gettext as _

from vestnik.db.session import UnfitPooler


class Kind(StrEnum):
    """Why the ledger is away."""

    UNREACHABLE = "unreachable"
    RESTARTING = "restarting"
    READ_ONLY = "read-only"
    FULL = "full"
    CROWDED = "crowded"
    WRONG_PASSWORD = "wrong password"  # noqa: S105 - a kind, no password
    FORBIDDEN = "forbidden"
    POOLER = "pooler"
    NO_TABLES = "no tables"
    BUSY = "busy"


#: SQLSTATEs, or the first two characters of all of a class, by kind. The whole one counts first.
KINDS: dict[str, Kind] = {
    "08": Kind.UNREACHABLE,
    "57P01": Kind.RESTARTING,  # admin_shutdown
    "57P02": Kind.RESTARTING,  # crash_shutdown
    "57P03": Kind.RESTARTING,  # cannot_connect_now: starting up, shutting down, in recovery
    "57P04": Kind.UNREACHABLE,  # database_dropped
    "57P05": Kind.UNREACHABLE,  # idle_session_timeout
    "3D000": Kind.UNREACHABLE,  # invalid_catalog_name: no such database
    "25006": Kind.READ_ONLY,  # read_only_sql_transaction: also whatever a replica does not do
    "53100": Kind.FULL,  # disk_full
    "58030": Kind.FULL,  # io_error
    "53": Kind.CROWDED,  # too_many_connections, out_of_memory, configuration_limit_exceeded
    "28P01": Kind.WRONG_PASSWORD,  # invalid_password
    "28": Kind.FORBIDDEN,  # no such role, no entry in pg_hba.conf
    "42501": Kind.FORBIDDEN,  # insufficient_privilege
    "42P01": Kind.NO_TABLES,  # undefined_table
    "3F000": Kind.NO_TABLES,  # invalid_schema_name
    "25P03": Kind.BUSY,  # idle_in_transaction_session_timeout
    "25P04": Kind.BUSY,  # transaction_timeout
    "40": Kind.BUSY,  # serialization_failure (a replica's conflict with recovery, too), deadlock_detected
    "55P03": Kind.BUSY,  # lock_not_available
    "57": Kind.BUSY,  # query_canceled: the statement took too long
    "72000": Kind.BUSY,  # snapshot_too_old
}
#: Seconds after which the caller may try again, also where too much is under way.
RETRY_AFTER = 5
#: What is the case, in words that strangers may read; and what to do about it.
WORDS: dict[Kind, tuple[str, str]] = {
    Kind.UNREACHABLE: ("cannot be reached", "start PostgreSQL, or check DATABASE_URL."),
    Kind.RESTARTING: ("is starting up or shutting down", "wait for PostgreSQL, or check its log."),
    Kind.READ_ONLY: (
        "takes no changes: it is read-only",
        "let DATABASE_URL name the primary: target_session_attrs=read-write finds it among several hosts.",
    ),
    Kind.FULL: ("takes no changes: its disk is full or broken", "make room where PostgreSQL keeps its data."),
    Kind.CROWDED: ("has no room for one more connection or statement", "raise max_connections or its memory."),
    Kind.WRONG_PASSWORD: (
        "refuses our password",
        ("check DATABASE_URL; if new secrets were made for old data, see Lost secrets in docs/how-to/operations.md."),
    ),
    Kind.FORBIDDEN: ("does not let us do that", "check the role in DATABASE_URL: it must own the tables."),
    Kind.POOLER: ("is behind a pooler that keeps no sessions", "set pool_mode = session, or go around the pooler."),
    Kind.NO_TABLES: ("has no tables for us", "run `vestnik migrate`, or check search_path in DATABASE_URL."),
    Kind.BUSY: ("did not do it in time", "try again; if it keeps failing, check pg_stat_activity."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """Why the ledger is away. ``said``: the first line of PostgreSQL's or libpq's message; not for strangers."""

    kind: Kind
    said: str

    @property
    def words(self) -> str:
        """The state, to be read after "the ledger"; names no host and no user."""
        return WORDS[self.kind][0]

    @property
    def advice(self) -> str:
        """What to do, as a sentence that begins with a small letter."""
        return WORDS[self.kind][1]

    @property
    def for_strangers(self) -> str:
        """The sentence for the caller over REST or in the console, in the language of the request."""
        if self.kind in {Kind.READ_ONLY, Kind.FULL, Kind.FORBIDDEN}:
            return _("The database is read-only at the moment: try again.")
        return _("The database cannot be reached at the moment: try again.")

    @property
    def sentence(self) -> str:
        """State and advice in one sentence, for operators."""
        return f"The ledger {self.words} ({self.said}): {self.advice}"


def why_away(error: BaseException | None) -> Away | None:
    """Return why the ledger is away, if the error says so; None if it is another error, perhaps a bug.

    Args:
        error: psycopg's, or Django's, which has psycopg's as its cause.
    """
    if isinstance(error, DatabaseError | InterfaceError):
        cause = error.__cause__
        if not isinstance(cause, psycopg.Error):
            lost = isinstance(error, OperationalError | InterfaceError)
            return Away(kind=Kind.UNREACHABLE, said=_first_line(error)) if lost else None
        error = cause
    if not isinstance(error, psycopg.Error):
        return None
    kind = _kind(error)
    return None if kind is None else Away(kind=kind, said=_first_line(error))


def _kind(error: psycopg.Error) -> Kind | None:
    if isinstance(error, UnfitPooler):
        return Kind.POOLER
    state = error.sqlstate
    if state is None and "password authentication failed" in str(error):
        # Libpq hands on what the server said while it connects, but not its SQLSTATE.
        return Kind.WRONG_PASSWORD
    if state is None:
        # Libpq's own: it could not connect, or the connection broke off.
        return Kind.UNREACHABLE if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) else None
    known = KINDS.get(state) or KINDS.get(state[:2])
    return known or (Kind.BUSY if isinstance(error, psycopg.OperationalError) else None)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
