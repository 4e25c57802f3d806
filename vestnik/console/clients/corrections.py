"""The refused rows of an import on its page, by reason, each with what can be done about them, and as a file."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from vestnik.clients.choices import existing_tags
from vestnik.clients.imports.columns import Columns
from vestnik.clients.imports.corrections import (
    RefusedGroup,
    open_refusals,
    open_rows,
    refused_groups,
    take_in,
    unclear_attributes,
)
from vestnik.clients.imports.fixes import ANSWERS, Fix
from vestnik.clients.imports.jobs import get_job
from vestnik.clients.imports.refused import cells_shown, reason_of, refused_lines
from vestnik.clients.zone_names import guess_zone
from vestnik.console.clients.fields import DatalistInput, QuickSelect
from vestnik.console.clients.forms import zone_choices
from vestnik.console.csv_files import csv_style
from vestnik.console.pages import Page, said_above
from vestnik.console.roles import user_of
from vestnik.errors import TooManyTries
from vestnik.models import ImportJob, ImportRefusal
from vestnik.phones.reader import phones_are_masked
from vestnik.phones.spelling import is_phone
from vestnik.web.downloads import csv_download

#: The cell that a reason is about, by its place in :func:`cells_shown`: phone, code, tag, zone.
_CELLS = {"code": 1, "tag": 2, "zone": 3}


class CorrectPage(Page):
    """Imports the refused rows of one reason with a fix."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Start the import of the corrected rows, and go to its page."""
        asked = request.POST.get("fix", "")
        if asked not in list(Fix):
            messages.error(request, _("There is no such fix for these rows."))
            return redirect("admin:client-import-job", pk)
        value = request.POST.get("zone") or request.POST.get("tag") or ""
        cell = request.POST.get("cell")
        if cell is not None:
            # Browsers send line breaks of a field as CR and LF.
            cell = cell.replace("\r\n", "\n")
        try:
            with said_above(request):
                job = take_in(
                    job_id=pk, reason=request.POST.get("reason", ""), fix=Fix(asked), value=value,
                    actor=user_of(request), cell=cell,
                )  # fmt: skip
                return redirect("admin:client-import-job", job.id)
        except TooManyTries as busy:
            messages.error(request, _("Many imports are waiting. Try again in %(wait)d seconds.") % {"wait": busy.wait})
        return redirect("admin:client-import-job", pk)


class RefusedPage(Page):
    """The refused rows that nobody has taken in, as a file."""

    whole_phones = True

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Send a CSV file in the language of the account."""
        job = get_job(job_id=pk, viewer=user_of(request))
        rows = open_refusals(job).iterator(chunk_size=2_000)
        return csv_download(
            refused_lines(job=job, language=_language(), style=csv_style(), rows=rows), f"refused-{job.id}.csv"
        )


def refused_part(job: ImportJob) -> dict[str, Any]:
    """Return the values of the part of the page that shows the refused rows of an import that is over."""
    groups = refused_groups(job, _language())
    fixes = {fix for group in groups for fix in group.fixes}
    offered = zone_choices(settings.TIME_ZONE) if Fix.ZONE in fixes else ()
    zones = QuickSelect(choices=[("", _("Choose a time zone")), *offered])
    tags = DatalistInput(existing_tags() if Fix.TAG in fixes else ())
    return {
        "refused": [
            {**_shown(job, group), **_choices(group, f"{group.reason}-{number}", zones, tags)}
            for number, group in enumerate(groups, start=1)
        ],
        "refused_left": open_rows(job),
    }


def _choices(group: RefusedGroup, key: str, zones: QuickSelect, tags: DatalistInput) -> dict[str, Any]:
    """The fields of the fixes of a group. ``key`` is its word in the page."""
    return {
        "key": key,
        "zone": zones.render("zone", _zone_of(group), {"id": f"zone-{key}", "required": True}),
        "tag": tags.render("tag", "", {"id": f"tag-{key}", "required": True, "maxlength": 64}),
    }


def _zone_of(group: RefusedGroup) -> str:
    """The zone that is chosen at first; empty: the person who imports chooses one.

    Rows that say nothing get the zone of the installation. Of rows that say something, only a good guess is taken.
    """
    if group.reason == "zone_missing":
        return settings.TIME_ZONE
    return (guess_zone(group.value) if group.value else None) or ""


def _shown(job: ImportJob, group: RefusedGroup) -> dict[str, Any]:
    examples = [{"line": each.line, "phone": _phone(job, each), "cell": _cell(job, each)} for each in group.examples]
    return {
        "group": group,
        # A cell may hold a phone.
        "value": "" if phones_are_masked() else group.value,
        "fixes": [fix.value for fix in group.fixes],
        "unclear": unclear_attributes(job, group.reason) if ANSWERS.intersection(group.fixes) else [],
        "examples": examples,
        "has_cells": any(each["cell"] for each in examples),
        "taken_in_by": [{"id": each.id, "rows": each.lines or 0} for each in group.taken_in_by],
    }


def _phone(job: ImportJob, refusal: ImportRefusal) -> str:
    """The cell of the phone. If phones are masked, only that of a phone: any other may hide one."""
    cell = cells_shown(job, refusal)[0] or ""
    return "" if phones_are_masked() and not is_phone(cell) else cell


def _cell(job: ImportJob, refusal: ImportRefusal) -> str:
    """What the reason is about: the cell, or the reason itself where it says which line or attribute it means."""
    if phones_are_masked():
        return ""
    if refusal.attribute is not None:
        columns = Columns.of_json(job.columns or {})
        places = {each.name: each.place for each in columns.attributes}
        cells = dict(enumerate(refusal.cells))
        return f"{refusal.attribute}: {cells.get(places.get(refusal.attribute, -1), '')}"
    if refusal.other_line is not None:
        return reason_of(refusal, _language())
    place = _CELLS.get(refusal.reason.partition("_")[0])
    return "" if place is None else cells_shown(job, refusal)[place] or ""


def _language() -> str:
    return "ru" if (get_language() or "en").startswith("ru") else "en"
