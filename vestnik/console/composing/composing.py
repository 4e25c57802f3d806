"""What a new mailing and an edited one have in common: the form, and the sheet between it and the ledger."""

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from vestnik.console.composing import words
from vestnik.console.composing.choices import code_options, tag_options
from vestnik.console.composing.clock import offset_words
from vestnik.console.composing.counter import count_typed
from vestnik.console.composing.drafts import keep_draft, kept_draft
from vestnik.console.composing.forms import MailingForm
from vestnik.console.composing.saving import has_drifted, sent_before
from vestnik.console.composing.sheet import Sheet, draw_up
from vestnik.console.pages import Page
from vestnik.console.roles import user_of
from vestnik.errors import InvalidInput
from vestnik.mailings.fields import MailingFields
from vestnik.models import Role

#: What the sheet's button asks for; that of the form asks for the sheet.
SAVE = "save"
#: What is posted beside the fields of the form.
_BESIDE = ("csrfmiddlewaretoken", "step", "shown", "tags_search", "codes_search")


class ComposingPage(Page):
    """The form, and the sheet that follows it. Nothing is saved before the sheet's own button.

    A form that is right is kept as a draft, and the sheet is a page of its own (``?sheet=TOKEN``), so that it can be
    loaded anew and gone back to; ``?draft=TOKEN`` is the form again. ``mailing_id``: which mailing is edited.
    """

    sees: ClassVar[Role] = Role.OPERATOR
    template: ClassVar[str] = "console/composing/form.html"
    mailing_id: int | None = None

    def begin(self) -> MailingForm:
        """The form before anything was typed."""
        raise NotImplementedError

    def read(self, typed: QueryDict) -> MailingForm:
        """The form with what was typed."""
        raise NotImplementedError

    def save(self, form: MailingForm, said: MailingFields, sheet: Sheet, *, shown: int) -> HttpResponse:
        """Do what the sheet said, and say so. ``shown``: how many clients it had named."""
        raise NotImplementedError

    def objection(self, form: MailingForm) -> HttpResponse | None:
        """A page to show instead of the sheet of a form that is right in itself."""
        del form
        return None

    def shown_step(self, request: HttpRequest) -> HttpResponse:
        """Answer a GET."""
        token = request.GET.get("sheet") or request.GET.get("draft")
        if not token:
            return self.shown_form(self.begin())
        typed = kept_draft(request, token)
        if typed is None:
            messages.warning(request, _("This form was not sent for so long that it is not kept any more."))
            return HttpResponseRedirect(request.path)
        form = self.read(typed)
        if "sheet" not in request.GET or not form.is_valid() or form.said is None:
            return self.shown_form(form)
        try:
            return self.objection(form) or self.shown_sheet(form, self._sheet(form, form.said))
        except InvalidInput as error:
            return self._too_late(form, error)

    def done_step(self, request: HttpRequest) -> HttpResponse:
        """Answer a POST of the form or of the sheet."""
        form = self.read(request.POST)
        if not form.is_valid() or form.said is None:
            return self.shown_form(form)
        try:
            objection = self.objection(form)
            if objection is not None or request.POST.get("step") != SAVE:
                return objection or self._to_sheet(form)
            sheet, shown = self._sheet(form, form.said), _shown(request)
            if has_drifted(shown=shown, now=sheet.total):
                return self._to_sheet(form, f"&was={shown}")
            return self.save(form, form.said, sheet, shown=shown)
        except InvalidInput as error:
            return self._too_late(form, error)

    def shown_form(self, form: MailingForm, **context: Any) -> HttpResponse:
        """The form, with what was typed."""
        return self.shown(
            self.request,
            form=form,
            mailing_id=self.mailing_id,
            tags=tag_options(picked=_picked(form, "tags")),
            codes=code_options(picked=_picked(form, "codes")),
            counted=count_typed(str(form["message_text"].value() or "")),
            **clock_words(form.in_zone, form),
            **context,
        )

    def shown_sheet(self, form: MailingForm, sheet: Sheet) -> HttpResponse:
        """The sheet. ``was`` in the query: what an earlier one had said of the audience."""
        was = self.request.GET.get("was", "")
        return self.shown_as(
            self.request,
            "console/composing/sheet.html",
            title=_("Last look"),
            sheet=sheet,
            form=form,
            token=form.cleaned_data["token"],
            mailing_id=self.mailing_id,
            fields=[(name, value) for name, said in form.typed.lists() for value in said],
            warnings=words.warnings(sheet),
            clients=words.clients(sheet.total),
            takes=None if sheet.takes is None else words.duration(sheet.takes),
            lasts=words.duration(sheet.lasts),
            drifted_from=int(was) if was.isascii() and was.isdigit() and len(was) < 12 else None,
            sent_before=sent_before(form=form, user=user_of(self.request)),
            **clock_words(form.in_zone, form),
        )

    def _sheet(self, form: MailingForm, said: MailingFields) -> Sheet:
        return draw_up(fields=said, now=form.now, mailing_id=self.mailing_id)

    def _to_sheet(self, form: MailingForm, more: str = "") -> HttpResponse:
        token, typed = form.cleaned_data["token"], self.request.POST.copy()
        for name in _BESIDE:
            typed.pop(name, None)
        typed["token"] = token
        keep_draft(self.request, token, typed)
        return HttpResponseRedirect(f"{self.request.path}?sheet={token}{more}")

    def _too_late(self, form: MailingForm, error: InvalidInput) -> HttpResponse:
        """The time for it ran out between the form's look at the clock and the service's."""
        form.add_error("end_at", [str(text) for texts in error.fields.values() for text in texts])
        return self.shown_form(form)


def own_zone() -> ZoneInfo:
    """The time zone of the person who asks."""
    return ZoneInfo(timezone.get_current_timezone_name())


def clock_words(zone: ZoneInfo, form: Any) -> dict[str, Any]:
    """What a page says of the zone that its times are in."""
    return {"in_zone": zone.key, "offset": offset_words(form.now, zone), "now": form.now}


def _picked(form: MailingForm, name: str) -> list[str]:
    """What is picked, as text; also where it is wrong."""
    return [str(value) for value in form[name].value() or ()]


def _shown(request: HttpRequest) -> int:
    """How many clients the sheet has named. Nonsense is nobody, so that the sheet is shown again."""
    text = request.POST.get("shown", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
