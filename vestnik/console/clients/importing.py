"""The pages of an import: upload, meaning of the columns, preview, and progress."""

from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.clients.imports.drafts import (
    Previewed,
    discard_draft,
    guess_of,
    keep_draft,
    preview,
    sample_of,
    start_draft,
)
from vestnik.clients.imports.jobs import cancel_job, error_of, get_job, latest_jobs
from vestnik.clients.imports.refused import reason_in
from vestnik.clients.imports.warned import warned_lines, warning_in, warnings_of
from vestnik.console.clients.corrections import refused_part
from vestnik.console.clients.import_forms import MatchForm, UploadForm, guessed
from vestnik.console.csv_files import csv_style
from vestnik.console.pages import Page, errors_at, said_above
from vestnik.console.roles import user_of
from vestnik.errors import TooManyTries
from vestnik.models import ImportJob, ImportState, Role
from vestnik.web.downloads import csv_download

#: How many imports the list shows, rows the preview shows, and refused rows are shown.
LATEST, PREVIEWED, REFUSED = 20, 10, 20


class ImportPage(Page):
    """Takes an upload, and lists the latest imports."""

    template = "console/clients/import.html"
    heading = _lazy("Client import")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show an empty form."""
        return self._shown(request, UploadForm(), 200)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Store the file, and go on to the page of its columns."""
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                with errors_at(form):
                    job = keep_draft(file=upload.file, file_name=upload.name, actor=user_of(request))
                    return redirect("admin:client-import-columns", job.id)
            except TooManyTries as busy:
                form.add_error(
                    "file", _("Many imports are waiting. Try again in %(wait)d seconds.") % {"wait": busy.wait}
                )
        return self._shown(request, form, 400)

    def _shown(self, request: HttpRequest, form: UploadForm, status: int) -> HttpResponse:
        return self.shown(request, status=status, form=form, jobs=latest_jobs(most=LATEST))


class ColumnsPage(Page):
    """Asks what each column means, and shows how the first rows will be read."""

    sees = Role.OPERATOR
    template = "console/clients/import_columns.html"
    heading = _lazy("Match columns")

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Show the form with a guess, and the preview for that guess."""
        job = get_job(job_id=pk, viewer=user_of(request))
        if job.state != ImportState.RECEIVING:
            return redirect("admin:client-import-job", pk)
        initial = guessed(guess_of(job), [cells for _line, cells in sample_of(job)])
        # A browser sends nothing for a checkbox that is not ticked.
        form = MatchForm({name: value for name, value in initial.items() if value is not False}, job=job)
        rows = _previewed(form, job)
        if rows is None:
            form = MatchForm(initial=initial, job=job)
        return self._shown(request, job, form, rows, 200)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Start the import, or show what is wrong with the form."""
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
    """The preview of the first rows for the form as it is filled in. It is a part of the page of the columns."""

    sees = Role.OPERATOR

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the preview, or what is wrong with the form."""
        job = get_job(job_id=pk, viewer=user_of(request))
        if job.state != ImportState.RECEIVING:
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        form = MatchForm(request.POST, job=job)
        rows = _previewed(form, job)
        return self.fragment(request, "console/clients/import_preview.html", form=form, **_told(rows))


class DiscardPage(Page):
    """Deletes an uploaded file that was not imported."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Delete the file, and return to the list of imports."""
        with said_above(request):
            discard_draft(job=get_job(job_id=pk, viewer=user_of(request)))
            messages.success(request, _("The file was discarded. Nothing was imported."))
        return redirect("admin:client-import")


class JobPage(Page):
    """One import: its progress, its results, and the rows that it refused."""

    template = "console/clients/import_job.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the page, or only its live part with ``?part=live``."""
        job = get_job(job_id=pk, viewer=user_of(request))
        if job.state == ImportState.RECEIVING:
            return redirect("admin:client-import-columns", pk)
        if "part" in request.GET:
            return self.fragment(request, "console/clients/import_live.html", **_progress(job))
        return self.shown(request, title=_("Import no. %(number)d") % {"number": job.id}, **_progress(job))


class CancelPage(Page):
    """Cancels an import that has not ended."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Cancel the import, and return to its page."""
        with said_above(request):
            cancel_job(job_id=pk, actor=user_of(request))
            messages.success(request, _("The import was cancelled. Nothing was imported."))
        return redirect("admin:client-import-job", pk)


class WarningsPage(Page):
    """The rows with warnings as a file."""

    whole_phones = True

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Send a CSV file in the language of the account."""
        job = get_job(job_id=pk, viewer=user_of(request))
        return csv_download(warned_lines(job=job, language=_language(), style=csv_style()), f"warnings-{job.id}.csv")


def _previewed(form: MatchForm, job: ImportJob) -> list[Previewed] | None:
    """Return the first rows as they will be read, or None if the form is not valid."""
    if form.is_valid():
        with errors_at(form):
            return preview(job=job, columns=form.columns(), mode=form.options()[0])
    return None


def _told(rows: list[Previewed] | None) -> dict[str, Any]:
    """Return the values of the preview's template.

    They hold the first rows, some more that are refused or have a warning, and a count for each result.
    """
    if rows is None:
        return {"rows": None}
    later = (row for row in rows[PREVIEWED:] if row.outcome == "refused" or row.warning)
    shown = [*rows[:PREVIEWED], *islice(later, REFUSED)]
    counts = {each: sum(row.outcome == each for row in rows) for each in ("created", "updated", "unchanged", "refused")}
    counts["warned"] = sum(row.warning is not None for row in rows)
    told = [
        {
            "row": row,
            "reason": _reason(row.reason, row.other_line, row.attribute),
            "warning": warning_in(_language(), row.warning) if row.warning else "",
            "attributes": row.attributes,
        }
        for row in shown
    ]
    return {"rows": told, "looked_at": len(rows), "counts": counts}


def _progress(job: ImportJob) -> dict[str, Any]:
    moves = job.state in (ImportState.WAITING, ImportState.RUNNING)
    return {
        "job": job,
        "moves": moves,
        "error": error_of(job),
        "percent": min(99, 100 * job.rows // job.lines) if job.lines and moves else None,
        "warned": [] if moves else _warned(job),
        **({} if moves or not job.refused else refused_part(job)),
    }


def _warned(job: ImportJob) -> list[dict[str, Any]]:
    """Return the first rows with warnings, for a table."""
    rows = islice(warnings_of(job=job), REFUSED)
    return [{"line": row.line, "cells": row.cells, "warning": warning_in(_language(), row.warning)} for row in rows]


def _reason(reason: str | None, other_line: int | None, attribute: str | None) -> str:
    return "" if reason is None else reason_in(_language(), reason, other_line, attribute)


def _language() -> str:
    return "ru" if (get_language() or "en").startswith("ru") else "en"
