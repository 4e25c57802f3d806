"""The list of segments, and the page that makes, changes or deletes one beside its clients."""

from functools import partial
from typing import Any, ClassVar

from django.contrib import messages
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from vestnik.audience.audience_count import count_further, count_of, recipients_of, token_of
from vestnik.audience.matching import Filter
from vestnik.clients.segments.store import (
    create_segment,
    delete_segment,
    edit_segment,
    fields_of_segment,
    find_segments,
    get_segment,
    lock_segment,
)
from vestnik.console.composing.choices import CodesPart, TagsPart, code_brands, tag_options
from vestnik.console.conflicts import is_overtaken
from vestnik.console.kept import make_kept
from vestnik.console.mailings.segment import rule_words
from vestnik.console.pages import Page, errors_at
from vestnik.console.paging import back_to, from_here, page_of
from vestnik.console.roles import user_of
from vestnik.console.segments.forms import EXCLUDE, INCLUDE, TEST_WORDS, PartForm, SegmentForm
from vestnik.console.tags import number
from vestnik.mailings.find import scheduled_with_segment
from vestnik.models import Mailing, Role, Segment

#: Seconds for which the number of a list's row is kept.
_REMEMBERED = 30
#: Seconds of counting until the first number is shown, and until each next one.
_FIRST_SECONDS, _NEXT_SECONDS = 0.1, 0.7
#: Seconds of counting after which a row of the list, or the form, is content with "more than".
_ROW_LIMIT, _FORM_LIMIT = 5.0, 30.0
#: Clients that are shown beside the form, and scheduled mailings that are named.
_SAMPLE, _MAILINGS = 10, 5


class SegmentsPage(Page):
    """All segments, the newest first. Each row asks for its number of clients by itself."""

    sees: ClassVar[Role] = Role.OPERATOR
    template = "console/segments/list.html"
    heading = _lazy("Segments")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page."""
        page = page_of(request, find_segments(), newest_first=True)
        lines = [(segment, rule_words(fields_of_segment(segment).rule).line) for segment in page.rows]
        return self.shown(request, page=page, lines=lines, from_here=from_here(request))


class SegmentCountPart(Page):
    """The number of clients in one segment. It loads itself until it has them all, or has counted for long."""

    sees: ClassVar[Role] = Role.OPERATOR

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the number. It is at most half a minute old."""
        segment = get_segment(segment_id=pk)
        key = f"console-segment-{segment.id}-{segment.version}"
        context: dict[str, Any] = {"segment": segment, "total": cache.get(key), "is_exact": True, "token": ""}
        if context["total"] is None:
            chosen = Filter(segment=fields_of_segment(segment).rule)
            before = count_of(chosen, request.GET.get("next", ""))
            count = count_further(chosen, before, seconds=_NEXT_SECONDS if before else _FIRST_SECONDS)
            if count.complete:
                cache.set(key, count.total, _REMEMBERED)
            goes_on = not count.complete and count.spent < _ROW_LIMIT
            context |= {"total": count.total, "is_exact": count.complete}
            context["token"] = token_of(chosen, count) if goes_on else ""
        return self.fragment(request, "console/segments/count.html", **context)


class SegmentEstimatePart(Page):
    """The clients that the conditions of a form match: how many, and some of them.

    It loads itself until all were counted. After half a minute it asks whether to go on.
    """

    sees: ClassVar[Role] = Role.OPERATOR

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show them. Nothing is saved, and the name does not matter."""
        rule = SegmentForm(request.POST).rule()
        context: dict[str, Any] = {"audience": None, "recipients": []}
        if rule is not None:
            chosen = Filter(segment=rule)
            before = count_of(chosen, request.POST.get("next", ""))
            if before is not None and "on" in request.POST:
                before.spent = 0.0
            count = count_further(chosen, before, seconds=_NEXT_SECONDS if before else _FIRST_SECONDS, most=_SAMPLE)
            context |= {"audience": count, "recipients": recipients_of(count)}
            if not count.complete:
                context |= {"token": token_of(chosen, count), "goes_on": count.spent < _FORM_LIMIT}
        return self.fragment(request, "console/segments/estimate.html", **context)


class IncludedTagsPart(TagsPart):
    """Tags of who is in."""

    kind = f"{INCLUDE}-tags"


class IncludedCodesPart(CodesPart):
    """Operator codes of who is in."""

    kind = f"{INCLUDE}-codes"


class ExcludedTagsPart(TagsPart):
    """Tags of who is left out."""

    kind = f"{EXCLUDE}-tags"


class ExcludedCodesPart(CodesPart):
    """Operator codes of who is left out."""

    kind = f"{EXCLUDE}-codes"


class _FormPage(Page):
    """A page with the form of a segment."""

    sees: ClassVar[Role] = Role.OPERATOR
    template = "console/segments/one.html"

    def show(
        self, request: HttpRequest, form: SegmentForm, kept: Segment | None = None, *, status: int = 200
    ) -> HttpResponse:
        """Show the form. ``kept``: the segment that is changed."""
        return self.shown(
            request, status=status, form=form, kept=kept, title=kept.name if kept else _("New segment"),
            include=_choices(form.include), exclude=_choices(form.exclude), tests=TEST_WORDS,
            scheduled=[] if kept is None else scheduled_with_segment(kept.id, most=_MAILINGS + 1),
        )  # fmt: skip


class NewSegmentPage(_FormPage):
    """Makes a segment."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show an empty form."""
        return self.show(request, SegmentForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the segment."""
        form = SegmentForm(request.POST)
        if make_kept(request, form, create_segment) is None:
            return self.show(request, form, status=400)
        messages.success(request, _("The segment was saved."))
        return redirect(back_to(request, "segments"))


class SegmentPage(_FormPage):
    """One segment."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the form with its values."""
        kept = get_segment(segment_id=pk)
        return self.show(request, SegmentForm(before=fields_of_segment(kept), version=kept.version), kept)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change the segment, or delete it. What somebody else has saved meanwhile is not overwritten unseen."""
        kept = get_segment(segment_id=pk)
        if request.POST.get("act") == "delete":
            _locked(pk, partial(delete_segment, actor=user_of(request)))
            messages.success(request, _("The segment was deleted."))
            return redirect(back_to(request, "segments"))
        form = SegmentForm(request.POST)
        if form.is_valid() and form.said is not None:
            with errors_at(form):
                _save(request, form, pk)
        if form.errors:
            return self.show(request, form, get_segment(segment_id=kept.id), status=400)
        messages.success(request, _what_was_saved(scheduled_with_segment(pk, most=_MAILINGS + 1)))
        return redirect(back_to(request, "segments"))


def _what_was_saved(scheduled: list[Mailing]) -> str:
    saved = _("The segment was saved.")
    if not scheduled:
        return saved
    shown = f"{number(_MAILINGS)}+" if len(scheduled) > _MAILINGS else number(len(scheduled))
    more = ngettext(
        "%(count)s scheduled mailing keeps the conditions as they were. Edit and save it to take the new ones.",
        "%(count)s scheduled mailings keep the conditions as they were. Edit and save them to take the new ones.",
        len(scheduled),
    )
    return f"{saved} {more % {'count': shown}}"


def _save(request: HttpRequest, form: SegmentForm, pk: int) -> None:
    """Save a valid form, unless somebody else has saved the segment since the form was opened."""
    with transaction.atomic():
        segment = lock_segment(segment_id=pk)
        if not is_overtaken(form, segment.version, kind="segment", number=pk) and form.said is not None:
            edit_segment(segment=segment, fields=form.said, actor=user_of(request))


def _choices(form: PartForm) -> dict[str, Any]:
    """Return the choices of tags and codes of one part."""
    return {
        "form": form,
        "tags": tag_options(picked=[str(value) for value in form["tags"].value() or ()]),
        "codes": code_brands(picked=[str(value) for value in form["codes"].value() or ()]),
    }


def _locked(pk: int, decide: Any) -> None:
    with transaction.atomic():
        decide(segment=lock_segment(segment_id=pk))
