"""The audit log: who decided what, and when, as pages and as a file."""

from collections.abc import Generator, Iterator
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import get_language, override, pgettext_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.accounts.audit_log import DecisionFilter, decisions_in_chunks, find_decisions
from vestnik.console.csv_files import csv_style
from vestnik.console.days import DayField, beginning_of, end_of
from vestnik.console.decision_objects import Thing, things_of
from vestnik.console.decisions import THINGS, details_of, name_of_actor, words_for
from vestnik.console.pages import Page
from vestnik.console.roles import user_of
from vestnik.models import AuditEntry, User
from vestnik.spreadsheets import CsvStyle, csv_blocks, harmless
from vestnik.web.downloads import csv_download
from vestnik.web.ids import id_of

PAGE = 50
#: The columns of the file. ``action`` is the code of what is said in words beside it.
HEADER = ("id", "at", "who", "action", "what", "object", "object_id", "name", "deleted", "details")


class NumberField(forms.CharField):
    """The number of a thing, or nothing. A text that is none finds nothing (-1)."""

    def clean(self, value: Any) -> Any:
        """Return the number or None."""
        typed = super().clean(value).strip()
        found = id_of(typed)
        return None if not typed else -1 if found is None else found


class AuditSearch(forms.Form):
    """The filters of the list, read from the query string."""

    type = forms.ChoiceField(
        label=_lazy("Object"), required=False, choices=[("", pgettext_lazy("object", "everything")), *THINGS.items()]
    )  # fmt: skip
    id = NumberField(label=_lazy("Number"), required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    who = forms.CharField(label=_lazy("By"), required=False)
    since = DayField(label=_lazy("From day"))
    until = DayField(label=_lazy("Until day"))

    def wanted(self) -> DecisionFilter:
        """Return what is looked for. The form must be valid. Days begin at midnight in the user's time zone."""
        asked = self.cleaned_data
        return DecisionFilter(
            object_type=asked["type"], object_id=asked["id"], actor_name=asked["who"],
            since=beginning_of(asked["since"]), until=end_of(asked["until"]),
        )  # fmt: skip


class AuditPage(Page):
    """Decisions, the newest first, fifty a page.

    Paging by id makes the ten-thousandth page as fast as the first.
    """

    template = "console/people/audit.html"
    heading = _lazy("Audit log")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page. What is wrong in a filter is said beside it."""
        search = AuditSearch(request.GET)
        before = request.GET.get("before", "").strip()
        decisions: list[AuditEntry] = []
        if search.is_valid():
            older_than = (id_of(before) or -1) if before else None
            decisions = list(find_decisions(search.wanted(), before=older_than)[: PAGE + 1])
        query = request.GET.copy()
        query.pop("before", None)
        return self.shown(
            request, decisions=decisions[:PAGE], things=things_of(decisions[:PAGE], reader=user_of(request)),
            older=decisions[PAGE - 1].id if len(decisions) > PAGE else None, before=before, search=search,
            query=query.urlencode(),
        )  # fmt: skip


class AuditExportPage(Page):
    """The filtered log as a file."""

    whole_phones = True
    template = AuditPage.template
    heading = AuditPage.heading

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Stream all decisions that match as CSV, the newest first."""
        search = AuditSearch(request.GET)
        if not search.is_valid():
            return self.shown(request, status=400, search=search, decisions=[], things={}, query="")
        lines = audit_lines(search.wanted(), reader=user_of(request), style=csv_style())
        return csv_download(lines, f"audit-{timezone.localdate():%Y-%m-%d}.csv")


def audit_lines(wanted: DecisionFilter, *, reader: User, style: CsvStyle) -> Generator[bytes]:
    """Decisions as CSV in UTF-8, a block at a time, in the language of now.

    Args:
        wanted: which.
        reader: whose pages the names are looked up for.
        style: how the file is written.
    """
    return csv_blocks(_rows(wanted, reader, style, get_language() or "en"), style=style)


def _rows(wanted: DecisionFilter, reader: User, style: CsvStyle, language: str) -> Iterator[tuple[object, ...]]:
    yield HEADER
    for chunk in decisions_in_chunks(wanted, zone=style.zone, moment=style.moment):
        things = things_of(chunk, reader=reader)
        # The file is written after the request that asked for it has got its answer, in no language.
        with override(language):
            rows = [_row(entry, things[entry.id]) for entry in chunk]
        yield from rows


def _row(entry: AuditEntry, thing: Thing) -> tuple[object, ...]:
    details = ", ".join(f"{name}: {value}" for name, value in details_of(entry))
    texts = (
        name_of_actor(entry), entry.action, words_for(entry), thing.kind, entry.object_id or "", thing.name,
        _("yes") if thing.is_gone else "", details,
    )  # fmt: skip
    return (entry.id, entry.written_at, *(harmless(str(text)) for text in texts))  # type: ignore[attr-defined]  # annotated
