"""An import in the console: the file, what each column holds, how its rows will be read, and its progress."""

from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.clients.imports.drafts import Previewed, discard_draft, guess_of, keep_draft, preview, start_draft
from vestnik.clients.imports.jobs import cancel_job, error_of, get_job, latest_jobs, refusals
from vestnik.clients.imports.refused import cells_shown, reason_counts, reason_in, refused_lines
from vestnik.clients.imports.warned import warned_lines, warning_in, warnings_of
from vestnik.console.clients.import_forms import MatchForm, UploadForm, guessed
from vestnik.console.pages import Page, errors_at, said_above
from vestnik.console.roles import user_of
from vestnik.errors import TooManyTries
from vestnik.models import ImportJob, ImportState, Role
from vestnik.web.downloads import csv_download

#: Imports in the list, rows of the preview, and refused rows that are shown.
LATEST, PREVIEWED, REFUSED = 20, 10, 20


class ImportPage(Page):
    """Takes a file, and lists the latest imports."""

    template = "console/clients/import.html"
    heading = _lazy("Import of clients")

    def get(self, request: HttpRequest) -> HttpResponse:
        """An empty form."""
        return self._shown(request, UploadForm(), 200)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the file, and go on to its columns."""
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                with errors_at(form):
                    job = keep_draft(file=upload.file, file_name=upload.name, actor=user_of(request))
                    return redirect("admin:client-import-columns", job.id)
            except TooManyTries as busy:
                form.add_error(
                    "file", _("Many imports wait just now: try again in %(wait)d seconds.") % {"wait": busy.wait}
                )
        return self._shown(request, form, 400)

    def _shown(self, request: HttpRequest, form: UploadForm, status: int) -> HttpResponse:
        return self.shown(request, status=status, form=form, jobs=latest_jobs(most=LATEST))


class ColumnsPage(Page):
    """Which column is what, and how the first rows will be read."""

    sees = Role.OPERATOR
    template = "console/clients/import_columns.html"
    heading = _lazy("Which column is what")

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The form with a guess, and the preview of it."""
        job = get_job(job_id=pk, viewer=user_of(request))
        if job.state != ImportState.RECEIVING:
            return redirect("admin:client-import-job", pk)
        initial = guessed(guess_of(job))
        # A checkbox that is not ticked is not sent.
        form = MatchForm({name: value for name, value in initial.items() if value is not False}, job=job)
        rows = _previewed(form, job)
        if rows is None:
            form = MatchForm(initial=initial, job=job)
        return self._shown(request, job, form, rows, 200)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Start the import, or say what is wrong."""
        job = get_job(job_id=pk, viewer=user_of(request))
        if job.state != ImportState.RECEIVING:
            return redirect("admin:client-import-job", pk)
        form = MatchForm(request.POST, job=job)
        if form.is_valid():
            mode, on_error = form.options()
            with errors_at(form), said_above(request):
                start_draft(job_id=pk, columns=form.columns(), mode=mode, on_error=on_error, actor=user_of(request))
                return redirect("admin:client-import-job", pk)
        return self._shown(request, job, form, _previewed(form, job), 400)

    def _shown(
        self, request: HttpRequest, job: ImportJob, form: MatchForm, rows: list[Previewed] | None, status: int
    ) -> HttpResponse:
        return self.shown(request, status=status, job=job, form=form, **_told(rows))


class PreviewPage(Page):
    """How the first rows will be read, as the form is filled in: a part of the page of the columns."""

    sees = Role.OPERATOR

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The preview, or what is wrong with the form."""
        job = get_job(job_id=pk, viewer=user_of(request))
        if job.state != ImportState.RECEIVING:
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        form = MatchForm(request.POST, job=job)
        rows = _previewed(form, job)
        return self.fragment(request, "console/clients/import_preview.html", form=form, **_told(rows))


class DiscardPage(Page):
    """Forgets a file that was not imported."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Back to the imports."""
        with said_above(request):
            discard_draft(job=get_job(job_id=pk, viewer=user_of(request)))
            messages.success(request, _("The file is forgotten; nothing was imported."))
        return redirect("admin:client-import")


class JobPage(Page):
    """One import: how far it is, what it did, what it refused."""

    template = "console/clients/import_job.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page, or its live part alone (``?part=live``)."""
        job = get_job(job_id=pk, viewer=user_of(request))
        if job.state == ImportState.RECEIVING:
            return redirect("admin:client-import-columns", pk)
        if "part" in request.GET:
            return self.fragment(request, "console/clients/import_live.html", **_progress(job))
        return self.shown(request, title=_("Import no. %(number)d") % {"number": job.id}, **_progress(job))


class CancelPage(Page):
    """Cancels an import that is not over."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Back to the import."""
        with said_above(request):
            cancel_job(job_id=pk, actor=user_of(request))
            messages.success(request, _("The import was cancelled; nothing was imported."))
        return redirect("admin:client-import-job", pk)


class RefusedPage(Page):
    """The refused rows as a file."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """CSV in the language of the account."""
        job = get_job(job_id=pk, viewer=user_of(request))
        return csv_download(refused_lines(job=job, language=_language()), f"refused-{job.id}.csv")


class WarningsPage(Page):
    """The rows that look wrong as a file."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """CSV in the language of the account."""
        job = get_job(job_id=pk, viewer=user_of(request))
        return csv_download(warned_lines(job=job, language=_language()), f"warnings-{job.id}.csv")


def _previewed(form: MatchForm, job: ImportJob) -> list[Previewed] | None:
    """The first rows as they will be read; None: the form says what is wrong with it."""
    if form.is_valid():
        with errors_at(form):
            return preview(job=job, columns=form.columns(), mode=form.options()[0])
    return None


def _told(rows: list[Previewed] | None) -> dict[str, Any]:
    """What the preview shows: the first rows, refused ones among the others, and how many come to what."""
    if rows is None:
        return {"rows": None}
    later = (row for row in rows[PREVIEWED:] if row.outcome == "refused" or row.warning)
    shown = [*rows[:PREVIEWED], *islice(later, REFUSED)]
    counts = {each: sum(row.outcome == each for row in rows) for each in ("created", "updated", "unchanged", "refused")}
    counts["warned"] = sum(row.warning is not None for row in rows)
    told = [
        {
            "row": row,
            "reason": _reason(row.reason, row.other_line),
            "warning": warning_in(_language(), row.warning) if row.warning else "",
        }
        for row in shown
    ]
    return {"rows": told, "looked_at": len(rows), "counts": counts}


def _progress(job: ImportJob) -> dict[str, Any]:
    moves = job.state in (ImportState.WAITING, ImportState.RUNNING)
    first = [] if moves else list(islice(refusals(job=job), REFUSED))
    reasons = reason_counts(job, _language())
    return {
        "job": job,
        "moves": moves,
        "error": error_of(job),
        "percent": min(99, 100 * job.rows // job.lines) if job.lines and moves else None,
        "reasons": reasons,
        "refused": [
            {"refusal": each, "cells": cells_shown(job, each), "reason": _reason(each.reason, each.other_line)}
            for each in first
        ],
        "warned": [] if moves else _warned(job),
        "more_refused": job.refused > len(first),
    }


def _warned(job: ImportJob) -> list[dict[str, Any]]:
    """The first rows that look wrong, as a table shows them."""
    rows = islice(warnings_of(job=job), REFUSED)
    return [{"line": row.line, "cells": row.cells, "warning": warning_in(_language(), row.warning)} for row in rows]


def _reason(reason: str | None, other_line: int | None) -> str:
    return "" if reason is None else reason_in(_language(), reason, other_line)


def _language() -> str:
    return "ru" if (get_language() or "en").startswith("ru") else "en"
