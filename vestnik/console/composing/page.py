"""The base of the pages that create and edit a mailing: form, initial values, kept forms, and sheet."""

from collections.abc import Mapping
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _

from vestnik.audience.preview import check_preview
from vestnik.clients.segments.store import segment_names
from vestnik.console.composing import words
from vestnik.console.composing.changes import Difference, changes_of
from vestnik.console.composing.choices import code_brands, tag_options
from vestnik.console.composing.counting import COUNT, STATES, Counted, asks_for_part, count_clients, loaded_again
from vestnik.console.composing.fields import offset_words
from vestnik.console.composing.forms import MailingForm
from vestnik.console.composing.mends import mended, mended_before, mends_of
from vestnik.console.composing.own_text import placeholders
from vestnik.console.composing.parts import count_typed
from vestnik.console.composing.save import has_drifted, sent_before
from vestnik.console.composing.sheet import Sheet, draw_up, draw_up_so_far
from vestnik.console.mailings.earlier import words_of
from vestnik.console.mailings.segment import segment_words
from vestnik.console.pages import Page
from vestnik.console.paging import same_list
from vestnik.console.roles import user_of
from vestnik.errors import InvalidInput, StateForbids
from vestnik.mailings.fields import MailingFields
from vestnik.mailings.templates import template_names
from vestnik.models import Role
from vestnik.statistics.durations import duration
from vestnik.web.ids import id_of

#: The value of ``step`` that the sheet's button sends. The form's button sends another one.
SAVE = "save"
#: Posted values that are not fields of the form.
_BESIDE = (
    "csrfmiddlewaretoken", "step", "shown", "tags_search", "codes_search", "own_phone", "template", "template_name",
    "sample", "attribute", "known", *STATES,
)  # fmt: skip
#: The session key of the forms that were reviewed. Because of them, the sheet can be reloaded, and gone back to.
_FORMS = "mailing_forms"
#: The number of forms that a session keeps. The oldest is dropped first.
_MAX_FORMS = 5


class ComposingPage(Page):
    """The form, and the sheet that follows it. Nothing is saved before the user confirms the sheet.

    A valid form is kept in the session. The sheet is a page of its own (``?sheet=TOKEN``), so the user can reload it
    and go back to it. ``?form=TOKEN`` shows the form again. ``mailing_id`` is the mailing that is edited, if any.

    The sheet is shown before all clients are counted, and counts on (:mod:`vestnik.console.composing.counting`).
    """

    sees: ClassVar[Role] = Role.OPERATOR
    template: ClassVar[str] = "console/composing/form.html"
    mailing_id: int | None = None
    #: Whether the answer is the part of the sheet that counts on.
    is_part: bool = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Handle the request. Where the part of a sheet asks, and there is no sheet any more, the page says why."""
        if not asks_for_part(request):
            return super().dispatch(request, *args, **kwargs)
        try:
            answer = super().dispatch(request, *args, **kwargs)
        except StateForbids:
            return loaded_again()
        return answer if self.is_part else loaded_again()

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
            return self.objection(form) or self._counted_sheet(form, form.said)
        except InvalidInput as error:
            return self._too_late(form, error)

    def done_step(self, request: HttpRequest) -> HttpResponse:
        """Answer a POST request from the form or the sheet, which counts on, or whose button may mend something."""
        form = self.read(mended(request.POST))
        if not form.is_valid() or form.said is None:
            return self.shown_form(form)
        try:
            objection, step = self.objection(form), form.typed.get("step")
            if objection is None and step == COUNT:
                return self._counted_sheet(form, form.said)
            if objection is not None or step != SAVE:
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

    def shown_sheet(self, form: MailingForm, sheet: Sheet, counted: Counted, **context: Any) -> HttpResponse:
        """Show the sheet, or the part of it that counts on.

        ``was`` in the query is the number of clients that an earlier sheet showed.
        """
        was = self.request.GET.get("was", "")
        context |= {
            "title": _("Review and send") if form.before is None else _("Review the changes"),
            "sheet": sheet,
            "counted": counted,
            "form": form,
            "token": form.cleaned_data["token"],
            "mailing_id": self.mailing_id,
            "fields": [(name, value) for name, said in form.typed.lists() for value in said if name not in _BESIDE],
            "changes": _changes(form, sheet, counted),
            "mended": mended_before(form.typed),
            "clients": words.clients(sheet.total),
            "lasts": duration(sheet.lasts.total_seconds()),
            "drifted_from": int(was) if was.isascii() and was.isdigit() and len(was) < 12 else None,
            "earlier": words_of(sheet.fields.earlier),
            "segment": segment_words(sheet.fields.segment),
            "own_phone": user_of(self.request).own_phone,
            "sent_before": self.sent_before(form),
            **clock_words(form.in_zone, form),
        }
        if sheet.is_counted:
            context["warnings"] = words.warnings(sheet, form.in_zone)
            context["takes"] = None if sheet.takes is None else duration(sheet.takes.total_seconds())
        self.is_part = asks_for_part(self.request)
        if self.is_part:
            part = "counted" if sheet.is_counted else "counting"
            return self.fragment(self.request, f"console/composing/{part}.html", **context)
        return self.shown_as(self.request, "console/composing/sheet.html", **context)

    def _sheet(self, form: MailingForm, said: MailingFields) -> Sheet:
        return draw_up(fields=said, now=form.now, mailing_id=self.mailing_id)

    def _counted_sheet(self, form: MailingForm, said: MailingFields) -> HttpResponse:
        """Count the next clients, and show the sheet as far as they are counted."""
        check_preview(said)
        counted = count_clients(said, form.before, self.request.POST)
        sheet = draw_up_so_far(fields=said, now=form.now, mailing_id=self.mailing_id, counted=counted)
        return self.shown_sheet(form, sheet, counted)

    def _to_sheet(self, form: MailingForm, more: str = "") -> HttpResponse:
        token, typed = form.cleaned_data["token"], form.typed.copy()
        for name in _BESIDE:
            typed.pop(name, None)
        typed["token"] = token
        keep_form(self.request, token, typed)
        came_from = same_list(self.request).replace("?", "&", 1)
        return HttpResponseRedirect(f"{self.address()}?sheet={token}{more}{came_from}")

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


def _changes(form: MailingForm, sheet: Sheet, counted: Counted) -> list[Difference] | None:
    """Return what an edit changes. None: it is a new mailing."""
    if form.before is None:
        return None
    were = counted.before.total if counted.before is not None and counted.complete else None
    return changes_of(form.before, sheet, zone=form.in_zone, starts_now=form.starts_now, clients_before=were)


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
