"""Import jobs: a file is kept in the ledger at once, and :mod:`vestnik.clients.imports.runner` imports it."""

from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import IO

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _noop

from vestnik.accounts.audit import record
from vestnik.clients.imports.limits import spoken
from vestnik.clients.imports.matching import NOTHING, Wanted, matched_columns
from vestnik.clients.imports.reading import first_rows
from vestnik.clients.imports.uploads import check_size, keep_file, keep_types, refuse_too_many, take_place, wake
from vestnik.errors import NotFound, StateForbids
from vestnik.models import ImportJob, ImportMode, ImportPiece, ImportRefusal, ImportState, OnError, Role, User

CANCELLED = _noop("It was cancelled, so nothing was imported.")


def add_job(
    *, file: IO[bytes], mode: ImportMode, on_error: OnError, actor: User | None, file_name: str = "",
    here: bool = False, timezone_default: str | None = None, timezone_from_phone: bool = False,
    wanted: Wanted = NOTHING,
) -> ImportJob:  # fmt: skip
    """Keep a file in the ledger and have it imported.

    Args:
        file: CSV, gzip of CSV, or XLSX; can be sought in.
        mode: create, update or upsert.
        on_error: skip or abort.
        actor: who imports; None for the command line.
        file_name: what its author calls it, if that is known.
        here: the caller goes on with ``run_to_end``, so nobody is woken. If it dies, a worker that looks by itself, as
            all do every 10 s, takes the job over.
        timezone_default: an IANA zone for new clients whose row names none.
        timezone_from_phone: take it from the phone number first, where that is possible.
        wanted: what the caller said of the columns.

    Raises:
        FileProblem: it is seen at once that the file cannot be imported.
        InvalidInput: the file has no such columns (``attributes``, ``<field>_column``).
        TooManyTries: too many others wait.
    """
    check_size(file)
    needs_all = mode != ImportMode.UPDATE
    columns = matched_columns(
        first_rows(file, most=wanted.looks_at), wanted, needs_all=needs_all, zone_default=timezone_default,
        zone_from_phone=timezone_from_phone,
    )  # fmt: skip
    refuse_too_many()
    with transaction.atomic():
        keep_types(columns)
        job = ImportJob(mode=mode, on_error=on_error, file_name=file_name[:255], columns=columns.as_json())
        job = keep_file(file, job, actor)
        job.state = ImportState.WAITING
        job.save(update_fields=["state"])
        take_place(job.id)
        if not here:
            wake()
    return job


def cancel_job(*, job_id: int, actor: User | None) -> ImportJob:
    """Cancel an import that is not over: then it changes nothing in the directory.

    Raises:
        NotFound: there is none with this id.
        StateForbids: it is over, or was not started.
    """
    with transaction.atomic():
        open_jobs = ImportJob.objects.filter(id=job_id, state__in=(ImportState.WAITING, ImportState.RUNNING))
        # The worker asks for the state four times a second, and once more with its commit.
        if not open_jobs.update(state=ImportState.FAILED, error=CANCELLED, rows=0, finished_at=Now()):
            get_job(job_id=job_id)
            raise StateForbids(_("The import has finished and cannot be undone."))
        ImportPiece.objects.filter(job_id=job_id).delete()
        record(actor=actor, action="client.import_cancel", object_type="import", object_id=job_id, details={})
    return get_job(job_id=job_id)


def get_job(*, job_id: int, viewer: User | None = None) -> ImportJob:
    """The import with this id.

    Args:
        job_id: which one.
        viewer: who wants to see it. A file that nobody has started to import is its owner's and administrators' alone.
            None: the system.

    Raises:
        NotFound: there is none, or it is somebody else's draft.
    """
    job = ImportJob.objects.filter(id=job_id).first()
    if job is None or (viewer is not None and not _may_see(job, viewer)):
        raise NotFound(_("There is no import with this id."))
    return job


def _may_see(job: ImportJob, viewer: User) -> bool:
    is_draft = job.state == ImportState.RECEIVING
    return not is_draft or job.created_by_id == viewer.pk or viewer.role == Role.ADMINISTRATOR


def jobs_with(*, ids: Collection[int]) -> list[ImportJob]:
    """The imports with these ids, without what a file is looked at by. Those that are gone are left out."""
    return list(ImportJob.objects.filter(id__in=list(ids)).defer("sample", "columns"))


def latest_jobs(*, most: int) -> list[ImportJob]:
    """The newest imports, without the files that nobody has started."""
    found = ImportJob.objects.exclude(state=ImportState.RECEIVING).order_by("-id").defer("sample", "columns")
    return list(found[:most])


def troubled_jobs(*, within: timedelta, most: int) -> list[ImportJob]:
    """The newest imports of so long ago that failed or refused rows, at most so many."""
    recent = ImportJob.objects.filter(created_at__gt=timezone.now() - within)
    return list(recent.filter(Q(state=ImportState.FAILED) | Q(refused__gt=0)).order_by("-id")[:most])


def error_of(job: ImportJob) -> str:
    """Return why an import failed, in the reader's language; empty if it did not fail."""
    return spoken(job.error, job.error_details)


def refusals(*, job: ImportJob) -> Iterator[ImportRefusal]:
    """The refused rows of an import, in the order of the file, a few thousand in memory at a time."""
    return ImportRefusal.objects.filter(job=job).order_by("line").iterator(chunk_size=2_000)
