"""What a new mailing and an edited one have in common: the form, and the sheet between it and the ledger."""

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from vestnik.console.composing import words
from vestnik.console.composing.choices import code_options, tag_options
from vestnik.console.composing.clock import offset_words
from vestnik.console.composing.counter import count_typed
from vestnik.console.composing.forms import MailingForm
from vestnik.console.composing.saving import has_drifted, sent_before
from vestnik.console.composing.sheet import Sheet, draw_up
from vestnik.console.pages import Page
from vestnik.console.roles import user_of
from vestnik.errors import InvalidInput
from vestnik.mailings.creation import MailingFields
from vestnik.models import Role

#: What a button asks for: the sheet, the form again, or that it be done.
CHECK, CHANGE, SAVE = "check", "change", "save"
#: What is posted beside the fields of the form.
_BESIDE = frozenset({"csrfmiddlewaretoken", "step", "shown", "tags_search", "codes_search"})


class ComposingPage(Page):
    """The form, and the sheet that follows it. Nothing is saved before the sheet's own button.

    ``template`` is the form's; ``mailing_id``: which is edited.
    """

    sees: ClassVar[Role] = Role.OPERATOR
    template: ClassVar[str] = "console/composing/form.html"
    mailing_id: int | None = None

    def answer(self, request: HttpRequest, form: MailingForm) -> HttpResponse:
        """Answer a post of the form or of the sheet."""
        step = request.POST.get("step", CHECK)
        if step == CHANGE or not form.is_valid() or form.said is None:
            return self.shown_form(request, form)
        try:
            sheet = draw_up(fields=form.said, now=form.now, mailing_id=self.mailing_id)
            if step != SAVE:
                return self.shown_sheet(request, form, sheet)
            shown = _shown(request)
            if has_drifted(shown=shown, now=sheet.total):
                return self.shown_sheet(request, form, sheet, drifted_from=shown)
            return self.save(request, form, form.said, sheet)
        except InvalidInput as error:
            # The time for it ran out between the form's look at the clock and ours.
            form.add_error("end_at", [str(text) for texts in error.fields.values() for text in texts])
            return self.shown_form(request, form)

    def save(self, request: HttpRequest, form: MailingForm, said: MailingFields, sheet: Sheet) -> HttpResponse:
        """Do what the sheet said, and say so."""
        raise NotImplementedError

    def shown_form(self, request: HttpRequest, form: MailingForm, **context: Any) -> HttpResponse:
        """The form, with what was typed."""
        return self.shown(
            request,
            form=form,
            mailing_id=self.mailing_id,
            tags=tag_options(picked=_picked(form, "tags")),
            codes=code_options(picked=_picked(form, "codes")),
            counted=count_typed(str(form["message_text"].value() or "")),
            **clock_words(form.in_zone, form),
            **context,
        )

    def shown_sheet(
        self, request: HttpRequest, form: MailingForm, sheet: Sheet, *, drifted_from: int | None = None
    ) -> HttpResponse:
        """The sheet; ``drifted_from``: what an earlier one said of the audience."""
        return self.shown_as(
            request,
            "console/composing/sheet.html",
            title=_("Look it over"),
            sheet=sheet,
            form=form,
            mailing_id=self.mailing_id,
            fields=[(name, value) for name, said in request.POST.lists() if name not in _BESIDE for value in said],
            warnings=words.warnings(sheet),
            clients=words.clients(sheet.total),
            takes=None if sheet.takes is None else words.duration(sheet.takes),
            lasts=words.duration(sheet.lasts),
            drifted_from=drifted_from,
            sent_before=sent_before(form=form, user=user_of(request)),
            **clock_words(form.in_zone, form),
        )


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
