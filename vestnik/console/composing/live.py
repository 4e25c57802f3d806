"""The parts of the form that follow what is typed: the counter, the estimate, the choices that a search finds."""

from typing import ClassVar

from django.http import HttpRequest, HttpResponse

from vestnik.audience.preview import count_audience
from vestnik.console.composing.choices import code_options, tag_options
from vestnik.console.composing.composing import own_zone
from vestnik.console.composing.counter import count_typed
from vestnik.console.composing.forms import MailingForm
from vestnik.console.pages import Page
from vestnik.db.clock import database_now
from vestnik.mailings.sms import count_sms
from vestnik.models import Role


class CounterPart(Page):
    """How the text is counted."""

    sees: ClassVar[Role] = Role.OPERATOR

    def post(self, request: HttpRequest) -> HttpResponse:
        """The counter for the text that was posted."""
        counted = count_typed(request.POST.get("message_text", ""))
        return self.fragment(request, "console/composing/counter.html", counted=counted)


class EstimatePart(Page):
    """How many clients the choices match."""

    sees: ClassVar[Role] = Role.OPERATOR

    def post(self, request: HttpRequest) -> HttpResponse:
        """The estimate for the form that was posted; whatever else is wrong with it does not matter here."""
        form = MailingForm(request.POST, zone=own_zone(), now=database_now())
        form.is_valid()
        audience = None if form.filter is None else count_audience(tags=form.filter.tags, codes=form.filter.codes)
        parts = count_sms(form.cleaned_data.get("message_text", "")).parts
        return self.fragment(
            request,
            "console/composing/estimate.html",
            audience=audience,
            parts=parts,
            total_parts=parts * audience.total if audience else 0,
            is_to_everybody=form.filter == (None, None),
        )


class ChoicesPart(Page):
    """The tags, or the operator codes, that a search finds, and those that are picked already."""

    sees: ClassVar[Role] = Role.OPERATOR
    kind: ClassVar[str] = ""

    def post(self, request: HttpRequest) -> HttpResponse:
        """The choices."""
        find = tag_options if self.kind == "tags" else code_options
        options = find(picked=request.POST.getlist(self.kind), search=request.POST.get(f"{self.kind}_search", ""))
        return self.fragment(request, "console/composing/choices.html", options=options, kind=self.kind)


class TagsPart(ChoicesPart):
    """Of tags."""

    kind = "tags"


class CodesPart(ChoicesPart):
    """Of operator codes."""

    kind = "codes"
