"""The shared base of the pages of a new and of an edited mailing: the form, its first values, drafts, the sheet."""

from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _

from vestnik.console.composing import words
from vestnik.console.composing.fields import as_shown, offset_words
from vestnik.console.composing.forms import ANY, AT, CHOSEN, HOURS, NOW, MailingForm, digest_of
from vestnik.console.composing.parts import code_options, count_typed, tag_options
from vestnik.console.composing.save import has_drifted, sent_before
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
#: The session's name for drafts: with them going back and reloading lose nothing of what was typed.
_DRAFTS = "mailing_drafts"
#: Drafts of one login that are kept; the oldest goes first.
_MAX_DRAFTS = 5
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
#: Hours that disturb nobody, offered to those who want some.
_USUAL_HOURS = {"window_from": "09:00", "window_to": "21:00"}


class ComposingPage(Page):
    """The form, and the sheet that follows it. Nothing is saved before the sheet's own button.

    A form that is right is kept as a draft, and the sheet is a page of its own (``?sheet=TOKEN``), so that it can be
    reloaded and gone back to; ``?draft=TOKEN`` is the form again. ``mailing_id``: which mailing is edited.
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


def keep_draft(request: HttpRequest, token: str, typed: QueryDict) -> None:
    """Keep what was typed into the form with this token."""
    drafts: dict[str, dict[str, list[str]]] = request.session.get(_DRAFTS, {})
    others = {each: lists for each, lists in drafts.items() if each != token}
    newest = dict(list(others.items())[1 - _MAX_DRAFTS :])
    request.session[_DRAFTS] = {**newest, token: {name: [str(value) for value in said] for name, said in typed.lists()}}


def kept_draft(request: HttpRequest, token: str) -> QueryDict | None:
    """What was typed into the form with this token; None: it is not kept (any more)."""
    lists = request.session.get(_DRAFTS, {}).get(token)
    if lists is None:
        return None
    typed = QueryDict(mutable=True)
    for name, said in lists.items():
        typed.setlist(name, said)
    return typed


def blank(*, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """A new mailing: to nobody yet, from now until this time tomorrow."""
    tomorrow = as_shown(now + _DAY + _HOUR, zone).replace(minute=0)
    return {"start_choice": NOW, "end_at": tomorrow, "window_choice": ANY, **_USUAL_HOURS}


def copied(fields: MailingFields, *, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """A copy: the same text to the same clients; its times where they are still to come, else as long from now."""
    end = fields.end_time if fields.start_time > now else now + (fields.end_time - fields.start_time)
    return {
        **_initial(fields, zone),
        "start_choice": AT if fields.start_time > now else NOW,
        "end_at": as_shown(end, zone),
    }


def edited(fields: MailingFields, *, zone: ZoneInfo) -> dict[str, Any]:
    """The mailing itself."""
    return {**_initial(fields, zone), "start_choice": AT, "seen": digest_of(fields)}


def _initial(fields: MailingFields, zone: ZoneInfo) -> dict[str, Any]:
    window = fields.send_window
    hours = {"window_from": window.opens, "window_to": window.closes} if window else _USUAL_HOURS
    return {
        "name": fields.name,
        "message_text": fields.message_text,
        "tag_choice": ANY if fields.filter_tags is None else CHOSEN,
        "tags": fields.filter_tags or [],
        "code_choice": ANY if fields.filter_codes is None else CHOSEN,
        "codes": [f"{code:03d}" for code in fields.filter_codes or ()],
        "start_at": as_shown(fields.start_time, zone),
        "end_at": as_shown(fields.end_time, zone),
        "window_choice": HOURS if window else ANY,
        **hours,
    }
