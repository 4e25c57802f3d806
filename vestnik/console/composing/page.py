"""The base of the pages that create and edit a mailing: form, initial values, kept forms, and sheet."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _

from vestnik.clients.segments.store import segment_names
from vestnik.console.composing import words
from vestnik.console.composing.changes import changes_of
from vestnik.console.composing.choices import code_brands, tag_options
from vestnik.console.composing.fields import as_shown, offset_words
from vestnik.console.composing.forms import ANY, AT, CHOSEN, HOURS, NOW, MailingForm, digest_of
from vestnik.console.composing.mends import mended, mended_before, mends_of
from vestnik.console.composing.own_text import placeholders
from vestnik.console.composing.parts import count_typed
from vestnik.console.composing.save import has_drifted, sent_before
from vestnik.console.composing.sheet import Sheet, draw_up
from vestnik.console.mailings.earlier import initial_of, words_of
from vestnik.console.mailings.segment import segment_words
from vestnik.console.pages import Page
from vestnik.console.roles import user_of
from vestnik.errors import InvalidInput
from vestnik.mailings.fields import Earlier, MailingFields
from vestnik.mailings.templates import TemplateFields, template_names
from vestnik.models import Role
from vestnik.statistics.durations import duration
from vestnik.web.ids import id_of

#: The value of ``step`` that the sheet's button sends. The form's button sends another one.
SAVE = "save"
#: Posted values that are not fields of the form.
_BESIDE = (
    "csrfmiddlewaretoken", "step", "shown", "tags_search", "codes_search", "own_phone", "template", "template_name",
    "sample", "attribute", "known",
)  # fmt: skip
#: The session key of the forms that were reviewed. Because of them, the sheet can be reloaded, and gone back to.
_FORMS = "mailing_forms"
#: The number of forms that a session keeps. The oldest is dropped first.
_MAX_FORMS = 5
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
#: The hours that the form suggests for a send window.
_USUAL_HOURS = {"window_from": "09:00", "window_to": "21:00"}


class ComposingPage(Page):
    """The form, and the sheet that follows it. Nothing is saved before the user confirms the sheet.

    A valid form is kept in the session. The sheet is a page of its own (``?sheet=TOKEN``), so the user can reload it
    and go back to it. ``?form=TOKEN`` shows the form again. ``mailing_id`` is the mailing that is edited, if any.
    """

    sees: ClassVar[Role] = Role.OPERATOR
    template: ClassVar[str] = "console/composing/form.html"
    mailing_id: int | None = None

    def begin(self) -> MailingForm:
        """Return the form with its initial values."""
        raise NotImplementedError

    def read(self, typed: QueryDict) -> MailingForm:
        """Return the form with the values that were posted."""
        raise NotImplementedError

    def save(self, form: MailingForm, said: MailingFields, sheet: Sheet, *, shown: int) -> HttpResponse:
        """Save the mailing, and report it. ``shown`` is the number of clients that the sheet showed."""
        raise NotImplementedError

    def objection(self, form: MailingForm) -> HttpResponse | None:
        """Return a page to show instead of the sheet of a valid form, or None."""
        del form
        return None

    def address(self) -> str:
        """Return the address of the form and the sheet, without a query."""
        return self.request.path

    def sent_before(self, form: MailingForm) -> list[int]:
        """Return the mailings that this form has already created, for example before the user went back."""
        return sent_before(form=form, user=user_of(self.request))

    def shown_step(self, request: HttpRequest) -> HttpResponse:
        """Answer a GET request."""
        token = request.GET.get("sheet") or request.GET.get("form")
        if not token:
            return self.shown_form(self.begin())
        typed = kept_form(request, token)
        if typed is None:
            messages.warning(request, _("This form has expired. Please fill it in again."))
            return HttpResponseRedirect(request.path)
        form = self.read(typed)
        if "sheet" not in request.GET or not form.is_valid() or form.said is None:
            return self.shown_form(form)
        try:
            return self.objection(form) or self.shown_sheet(form, self._sheet(form, form.said))
        except InvalidInput as error:
            return self._too_late(form, error)

    def done_step(self, request: HttpRequest) -> HttpResponse:
        """Answer a POST request from the form or the sheet, whose button may mend something."""
        form = self.read(mended(request.POST))
        if not form.is_valid() or form.said is None:
            return self.shown_form(form)
        try:
            objection = self.objection(form)
            if objection is not None or form.typed.get("step") != SAVE:
                return objection or self._to_sheet(form)
            sheet, shown = self._sheet(form, form.said), _shown(request)
            if has_drifted(shown=shown, now=sheet.total):
                return self._to_sheet(form, f"&was={shown}")
            return self.save(form, form.said, sheet, shown=shown)
        except InvalidInput as error:
            return self._too_late(form, error)

    def shown_form(self, form: MailingForm, **context: Any) -> HttpResponse:
        """Show the form with its current values."""
        return self.shown(
            self.request,
            form=form,
            mailing_id=self.mailing_id,
            tags=tag_options(picked=_picked(form, "tags")),
            codes=code_brands(picked=_picked(form, "codes")),
            counted=count_typed(str(form["message_text"].value() or "")),
            earlier=words_of(form.earlier),
            templates=template_names(),
            **_segments(form),
            placeholders=placeholders(),
            own_phone=user_of(self.request).own_phone,
            mends=mends_of(form) if form.is_bound else {},
            **clock_words(form.in_zone, form),
            **context,
        )

    def shown_sheet(self, form: MailingForm, sheet: Sheet, **context: Any) -> HttpResponse:
        """Show the sheet. ``was`` in the query is the number of clients that an earlier sheet showed."""
        was = self.request.GET.get("was", "")
        changes = form.before and changes_of(form.before, sheet, zone=form.in_zone, starts_now=form.starts_now)
        return self.shown_as(
            self.request,
            "console/composing/sheet.html",
            title=_("Review and send") if form.before is None else _("Review the changes"),
            sheet=sheet,
            form=form,
            token=form.cleaned_data["token"],
            mailing_id=self.mailing_id,
            fields=[(name, value) for name, said in form.typed.lists() for value in said],
            changes=changes,
            mended=mended_before(form.typed),
            warnings=words.warnings(sheet, form.in_zone),
            clients=words.clients(sheet.total),
            takes=None if sheet.takes is None else duration(sheet.takes.total_seconds()),
            lasts=duration(sheet.lasts.total_seconds()),
            drifted_from=int(was) if was.isascii() and was.isdigit() and len(was) < 12 else None,
            earlier=words_of(sheet.fields.earlier),
            segment=segment_words(sheet.fields.segment),
            own_phone=user_of(self.request).own_phone,
            sent_before=self.sent_before(form),
            **clock_words(form.in_zone, form),
            **context,
        )

    def _sheet(self, form: MailingForm, said: MailingFields) -> Sheet:
        return draw_up(fields=said, now=form.now, mailing_id=self.mailing_id)

    def _to_sheet(self, form: MailingForm, more: str = "") -> HttpResponse:
        token, typed = form.cleaned_data["token"], form.typed.copy()
        for name in _BESIDE:
            typed.pop(name, None)
        typed["token"] = token
        keep_form(self.request, token, typed)
        return HttpResponseRedirect(f"{self.address()}?sheet={token}{more}")

    def _too_late(self, form: MailingForm, error: InvalidInput) -> HttpResponse:
        """Show the form with the error that a service raised because the time has passed since the form was checked."""
        if "filter" in error.fields:
            form.add_error(None, [str(text) for text in error.fields["filter"]])
        else:
            form.refuse_end(error)
        return self.shown_form(form)


def clock_words(zone: ZoneInfo, form: Any) -> dict[str, Any]:
    """Return the time zone of a page's times, for its template."""
    return {"in_zone": zone.key, "offset": offset_words(form.now, zone), "now": form.now}


def _segments(form: MailingForm) -> dict[str, Any]:
    """Return the segments to choose from. The chosen one stays when it is gone: nobody should lose a filter unseen."""
    names, chosen = segment_names(), id_of(str(form["segment"].value() or ""))
    context: dict[str, Any] = {"segments": names, "segment_chosen": chosen}
    if chosen is not None and chosen not in dict(names):
        before = form.before.segment if form.before else None
        name = before.name if before is not None and before.id == chosen else f"№ {chosen}"
        context["segment_gone"] = _("%(name)s (deleted)") % {"name": name}
    return context


def _picked(form: MailingForm, name: str) -> list[str]:
    """Return the picked values as text, even if they are not valid."""
    return [str(value) for value in form[name].value() or ()]


def _shown(request: HttpRequest) -> int:
    """Return the number of clients that the sheet showed. An invalid number is 0, so the sheet is shown again."""
    text = request.POST.get("shown", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


def keep_form(request: HttpRequest, token: str, typed: QueryDict) -> None:
    """Store the values of the form with this token in the session."""
    forms: dict[str, dict[str, list[str]]] = request.session.get(_FORMS, {})
    others = {each: lists for each, lists in forms.items() if each != token}
    newest = dict(list(others.items())[1 - _MAX_FORMS :])
    request.session[_FORMS] = {**newest, token: {name: [str(value) for value in said] for name, said in typed.lists()}}


def kept_form(request: HttpRequest, token: str) -> QueryDict | None:
    """Return the stored values of the form with this token, or None."""
    lists = request.session.get(_FORMS, {}).get(token)
    return None if lists is None else typed_again(lists)


def typed_again(lists: Mapping[str, list[str]]) -> QueryDict:
    """Return stored values as they were posted."""
    typed = QueryDict(mutable=True)
    for name, said in lists.items():
        typed.setlist(name, said)
    return typed


def blank(*, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Return the initial values of a new mailing. It starts now and ends at about this time tomorrow."""
    tomorrow = as_shown(now + _DAY + _HOUR, zone).replace(minute=0)
    return {"start_choice": NOW, "end_at": tomorrow, "window_choice": ANY, **_USUAL_HOURS}


def copied(fields: MailingFields, *, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Return the initial values of a copy.

    The text and the filter are the same. A start in the future is kept. If the start has passed, the copy starts now
    and lasts as long as the original.
    """
    end = fields.end_time if fields.start_time > now else now + (fields.end_time - fields.start_time)
    return {
        **_initial(fields, zone),
        "start_choice": AT if fields.start_time > now else NOW,
        "end_at": as_shown(end, zone),
    }


def to_these(earlier: Earlier, fields: MailingFields, *, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Return the initial values of a mailing to phones of an earlier one: its name and text, from now on."""
    again = {"name": fields.name, "tag_choice": ANY, "code_choice": ANY}
    return {**blank(now=now, zone=zone), **again, **initial_text(fields), **initial_of(earlier)}


def edited(fields: MailingFields, *, zone: ZoneInfo) -> dict[str, Any]:
    """Return the initial values for an edit of a mailing."""
    return {**_initial(fields, zone), "start_choice": AT, "seen": digest_of(fields)}


def initial_text(fields: MailingFields | TemplateFields) -> dict[str, Any]:
    """Return the initial values of the text, of the switch for a personal one, and of what it opens."""
    if fields.personal is None:
        return {"message_text": fields.message_text}
    return {
        "message_text": fields.message_text,
        "personal": True,
        "on_missing": fields.personal.on_missing.value,
        "locale": fields.personal.locale,
    }


def _initial(fields: MailingFields, zone: ZoneInfo) -> dict[str, Any]:
    window = fields.send_window
    hours = {"window_from": window.opens, "window_to": window.closes} if window else _USUAL_HOURS
    return {
        "name": fields.name,
        **initial_text(fields),
        "tag_choice": ANY if fields.filter_tags is None else CHOSEN,
        "tags": fields.filter_tags or [],
        "segment": "" if fields.segment is None else str(fields.segment.id),
        "code_choice": ANY if fields.filter_codes is None else CHOSEN,
        "codes": [f"{code:03d}" for code in fields.filter_codes or ()],
        "start_at": as_shown(fields.start_time, zone),
        "end_at": as_shown(fields.end_time, zone),
        "window_choice": HOURS if window else ANY,
        **hours,
        **initial_of(fields.earlier),
    }
