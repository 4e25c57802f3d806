"""Runs import jobs. The first worker runs a job, once, and all its changes to the directory are one transaction.

A session that works on a job holds its advisory lock, which ends with the session. So a job whose worker died is free
at once, and nothing of it is half done.
"""

import logging
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress

import psycopg
from django.utils.translation import gettext_noop as _noop
from psycopg.types.json import Jsonb

from vestnik.clients.directory import analyze_clients
from vestnik.clients.imports.columns import Columns
from vestnik.clients.imports.limits import FileProblem
from vestnik.clients.imports.staging import SQL, Counts, Staged, apply, keep_refused, stage
from vestnik.clients.imports.uploads import fetch_file
from vestnik.db.away import why_away
from vestnik.db.connection import Connection, open_connection
from vestnik.db.locks import Lock, lock, session_lock
from vestnik.metrics.counted import IMPORT_ROWS
from vestnik.models import ImportJob, ImportState, OnError

#: Workers that may die of a job before it is given up.
MAX_ATTEMPTS = 3
#: Bytes of the table of files that are kept while it is empty: less is not worth a TRUNCATE.
SPACE_KEPT = 1 << 20
#: Seconds that one statement of an import may take.
STATEMENT_TIMEOUT = 1_800.0
_ABORTED = _noop("%(refused)d rows are refused, so nothing was imported.")
#: Seconds between two checks of a job that another process imports, and between two notes of our own progress.
_LOOK, _NOTE = 0.2, 0.25

log = logging.getLogger(__name__)


class _Stopped(Exception):
    """The process was asked to end."""


class _Cancelled(Exception):
    """The job was cancelled meanwhile."""


class _Raced(Exception):
    """The same clients were changed meanwhile."""


def run_to_end(*, job: ImportJob, progress: Callable[[int], None]) -> None:
    """Import a job in this process, or wait for the worker that was faster; ``progress`` gets the rows read.

    Raises:
        psycopg.OperationalError: the ledger was lost; a worker goes on with the job.
    """
    with open_connection("import command") as watch:
        while job.state not in (ImportState.DONE, ImportState.FAILED):
            if not run_job(watch, job.id, stopped=lambda: False, progress=progress):
                time.sleep(_LOOK)
            job.refresh_from_db()
            progress(job.rows)


def run_jobs(*, stopped: Callable[[], bool], watch: Connection | None = None) -> int:
    """Import whatever waits, the oldest first, and jobs whose worker died. Returns how many jobs it worked on.

    Args:
        stopped: asked every 5,000 rows; true gives the job at hand back, and ends.
        watch: an autocommit connection that somebody keeps; None opens one.
    """
    if watch is None:
        with open_connection("imports") as opened:
            return run_jobs(stopped=stopped, watch=opened)
    done = 0
    SQL.run(watch, "forget")
    give_space_back(watch)
    for (job,) in SQL.run(watch, "open_jobs"):
        if stopped():
            break
        done += run_job(watch, job, stopped=stopped)
    return done


def give_space_back(watch: Connection) -> None:
    """Free the space of deleted files of imports: for the system if none is left, else for other rows.

    PostgreSQL keeps the space of deleted rows, and vacuums a table of a few large ones late. TRUNCATE needs the table
    for a moment for itself; where anybody is at it (a backup, an upload), it is left for the next time.
    """
    with suppress(psycopg.errors.LockNotAvailable), watch.transaction():
        if SQL.run(watch, "space_without_pieces", kept=SPACE_KEPT):
            SQL.run(watch, "lock_pieces")
            if SQL.run(watch, "space_without_pieces", kept=SPACE_KEPT):
                SQL.run(watch, "truncate_pieces")


def run_job(
    watch: Connection, job: int, *, stopped: Callable[[], bool], progress: Callable[[int], None] = lambda _: None
) -> bool:
    """Import one job. False: another session works on it, or it is over.

    Args:
        watch: an autocommit connection; it holds the job's lock and writes down how far the job is.
        job: its id.
        stopped: asked every 5,000 rows; true gives the job back as it was.
        progress: called with the rows read so far.
    """
    with session_lock(watch, Lock.IMPORT_JOB, job) as alone:
        taken = SQL.run(watch, "take", job=job) if alone else []
        if not taken:
            return False
        mode, on_error, attempts, matched = taken[0]
        try:
            if attempts > MAX_ATTEMPTS:
                raise FileProblem(_noop("The import failed after %(tries)d attempts."), tries=MAX_ATTEMPTS)  # noqa: TRY301
            columns = None if matched is None else Columns.of_json(matched)
            report = _reporter(watch, job, stopped, progress)
            _import(watch, job, mode=mode, on_error=on_error, columns=columns, report=report)
        except _Stopped:
            SQL.run(watch, "give_back", job=job)
        except FileProblem as problem:
            _fail(watch, job, problem)
        except _Cancelled:
            log.info("the import was cancelled", extra={"import": job})
        except (_Raced, psycopg.errors.DeadlockDetected):
            log.info("the directory changed meanwhile, the import begins again", extra={"import": job})
        except psycopg.Error as error:
            # A ledger that is away says nothing about the file: a worker goes on with the job when it is back.
            if why_away(error) is not None:
                raise
            log.exception("the import failed: %s", type(error).__name__, extra={"import": job})
    return True


def _import(
    watch: Connection, job: int, *, mode: str, on_error: str, columns: Columns | None, report: Callable[[int], None]
) -> None:
    """Import in one transaction, which leaves nothing if the process dies before its commit."""
    with tempfile.TemporaryFile() as file:
        fetch_file(watch, job, file)
        with open_connection("import", statement_timeout=STATEMENT_TIMEOUT) as connection, connection.transaction():
            lock(connection, Lock.IMPORT_APPLY)
            staged = stage(connection, file, mode=mode, columns=columns, report=report)
            counts = staged.counts
            reasons = keep_refused(connection, job, file, staged.columns, lambda: report(counts.rows))
            aborted = bool(counts.refused) and on_error == OnError.ABORT
            if not aborted and not apply(connection, staged):
                raise _Raced
            if counts.warnings:
                SQL.run(connection, "keep_warnings", job=job)
            _finish(connection, job, staged, reasons, aborted=aborted)
        _count(counts, aborted=aborted)
        if counts.created + counts.updated and not aborted:
            analyze_clients(watch)
    words = ", aborted" if aborted else ""
    log.info("imported: %d rows, %d refused%s", counts.rows, counts.refused, words, extra={"import": job})


def _finish(connection: Connection, job: int, staged: Staged, reasons: dict[str, int], *, aborted: bool) -> None:
    counts = staged.counts
    finished = SQL.run(
        connection, "finish", job=job, state=ImportState.FAILED if aborted else ImportState.DONE,
        error=_ABORTED if aborted else "", details=Jsonb({"refused": counts.refused} if aborted else {}),
        rows=counts.rows, refused=counts.refused, created=0 if aborted else counts.created,
        updated=0 if aborted else counts.updated, unchanged=0 if aborted else counts.unchanged,
        warnings=counts.warnings, reasons=Jsonb(reasons), names=Jsonb(staged.names),
        columns=Jsonb(staged.columns.as_json()),
    )  # fmt: skip
    if not finished:
        raise _Cancelled
    _close(connection, job)


def _count(counts: Counts, *, aborted: bool) -> None:
    IMPORT_ROWS.labels("refused").inc(counts.refused)
    if not aborted:
        IMPORT_ROWS.labels("created").inc(counts.created)
        IMPORT_ROWS.labels("updated").inc(counts.updated)
        IMPORT_ROWS.labels("unchanged").inc(counts.unchanged)


def _fail(watch: Connection, job: int, problem: FileProblem) -> None:
    with watch.transaction():
        finished = SQL.run(
            watch, "finish", job=job, state=ImportState.FAILED,
            error=problem.sentence, details=Jsonb(problem.details),
            rows=0, refused=0, created=0, updated=0, unchanged=0, warnings=0,
            reasons=Jsonb({}), names=None, columns=None,
        )  # fmt: skip
        if finished:  # else it was cancelled meanwhile, and its file went away
            _close(watch, job)
    log.info("the import failed", extra={"import": job})


def _close(connection: Connection, job: int) -> None:
    SQL.run(connection, "note", job=job)
    SQL.run(connection, "forget_pieces", job=job)


def _reporter(
    watch: Connection, job: int, stopped: Callable[[], bool], progress: Callable[[int], None]
) -> Callable[[int], None]:
    noted = time.monotonic() - _NOTE

    def report(rows: int) -> None:
        nonlocal noted
        if stopped():
            raise _Stopped
        if time.monotonic() - noted < _NOTE:  # each note is a commit
            return
        noted = time.monotonic()
        if not SQL.change(watch, "note_rows", job=job, rows=rows):
            raise _Cancelled
        progress(rows)

    return report
