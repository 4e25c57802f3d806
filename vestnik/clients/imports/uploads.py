"""Files of imports are kept in the ledger: workers on other machines share no folder with their sender."""

from typing import IO

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _noop

from vestnik.accounts.audit import SYSTEM
from vestnik.clients.attributes.registry import locked_types
from vestnik.clients.imports.columns import Columns
from vestnik.clients.imports.limits import MAX_BYTES, FileProblem, mebibytes
from vestnik.db.connection import Connection
from vestnik.db.locks import Lock, lock
from vestnik.db.notify import notify
from vestnik.db.statements import Statements
from vestnik.errors import InvalidInput, TooManyTries
from vestnik.models import AttributeType, ImportJob, ImportState, User

SQL = Statements("vestnik.clients.imports")
#: Bytes of a file in one row of the ledger.
PIECE = 1 << 20
#: Jobs that may wait at a time: their files fill the ledger.
MAX_WAITING = 20


def check_size(file: IO[bytes]) -> None:
    """Check the size of a file.

    Raises:
        FileProblem: it is larger than an import takes.
    """
    if file.seek(0, 2) > MAX_BYTES:
        raise FileProblem(_noop("The file may have at most %(most)d MiB."), most=mebibytes(MAX_BYTES))


def refuse_too_many() -> None:
    """Check how many imports wait, before a file is stored for nothing;:func:`take_place` decides.

    Raises:
        TooManyTries: too many.
    """
    if _waiting() >= MAX_WAITING:
        raise TooManyTries(wait=60)


def take_place(job: int) -> None:
    """Count a job among those that wait, last in the transaction that makes it wait.

    Two transactions cannot both take the last place: the lock holds until the commit, and only for this.

    Raises:
        TooManyTries: with it there would be too many; the caller's transaction is given up.
    """
    lock(connection, Lock.IMPORT_PLACES)
    if _waiting(but=job) >= MAX_WAITING:
        raise TooManyTries(wait=60)


def _waiting(*, but: int = 0) -> int:
    open_jobs = ImportJob.objects.filter(state__in=(ImportState.WAITING, ImportState.RUNNING))
    return open_jobs.exclude(id=but).count()


def keep_types(columns: Columns) -> None:
    """Add the names of a file's attributes, with their types, to those that there are; in the caller's transaction.

    Raises:
        InvalidInput: of one that has another type already (``attributes.<name>``), or there are too many
            (``attributes``).
    """
    types = locked_types({each.name: AttributeType(each.type) for each in columns.attributes})
    wrong = {
        f"attributes.{each.name}": [_("This attribute has the type %(type)s already.") % {"type": types[each.name]}]
        for each in columns.attributes
        if types[each.name] != each.type
    }
    if wrong:
        raise InvalidInput(wrong)


def keep_file(file: IO[bytes], job: ImportJob, actor: User | None) -> ImportJob:
    """Write a new job and its file to the ledger, in the transaction of the caller."""
    job.created_by, job.created_by_name = actor, SYSTEM if actor is None else actor.get_username()
    job.save(force_insert=True)
    file.seek(0)
    for number, data in enumerate(iter(lambda: file.read(PIECE), b"")):
        # Not Django's own cursor, which writes values into the statement's text.
        SQL.run_prepared("keep_piece", job=job.id, number=number, data=data)
    job.bytes = file.tell()
    job.save(update_fields=["bytes"])
    return job


def fetch_file(connection: Connection, job: int, file: IO[bytes]) -> None:
    """Read a job's file from the ledger, a piece at a time."""
    number = 0
    while rows := SQL.run_binary(connection, "piece", job=job, number=number):
        file.write(rows[0][0])
        number += 1


def wake() -> None:
    """Wake the workers, once the surrounding transaction commits: by NOTIFY, and by a nudge that may be lost."""
    notify(connection, "import")
    transaction.on_commit(_nudge, robust=True)


def _nudge() -> None:
    from vestnik.broker import send_nudges  # noqa: PLC0415 - Celery loads slowly: commands that wake nobody do without

    send_nudges("vestnik.import_clients", request=structlog.contextvars.get_contextvars().get("request_id", ""))
