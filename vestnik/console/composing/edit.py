"""A mailing is edited: before its start all of it, later its end."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.console.composing.beginnings import edited
from vestnik.console.composing.composing import ComposingPage, clock_words, own_zone
from vestnik.console.composing.differences import differences, last_change
from vestnik.console.composing.forms import EndForm, MailingForm, digest_of
from vestnik.console.composing.saving import save_edit, save_end
from vestnik.console.composing.sheet import Sheet
from vestnik.console.composing.words import what_was_saved
from vestnik.console.pages import said_above
from vestnik.console.roles import user_of
from vestnik.errors import EditedMeanwhile, InvalidInput, StateForbids
from vestnik.mailings.creation import MailingFields, database_now, get_mailing
from vestnik.mailings.edits import fields_of
from vestnik.models import LIVE_STATES, Mailing, MailingState


class EditMailingPage(ComposingPage):
    """The form of a mailing that has not started; the end of one that has."""

    heading = _lazy("Edit the mailing")

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form.

        Raises:
            NotFound: there is no such mailing.
            StateForbids: it is over.
        """
        mailing, now, zone = self._mailing(pk), database_now(), own_zone()
        before = fields_of(mailing)
        initial = edited(before, zone=zone)
        if mailing.state == MailingState.SCHEDULED:
            return self.shown_form(request, MailingForm(zone=zone, now=now, before=before, initial=initial))
        return self._shown_end(request, mailing, EndForm(zone=zone, now=now, before=before, initial=initial))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The sheet, the form again, or the changed mailing.

        Raises:
            NotFound: there is no such mailing.
            StateForbids: it is over.
        """
        mailing, now = self._mailing(pk), database_now()
        before = fields_of(mailing)
        if mailing.state != MailingState.SCHEDULED:
            return self._end(request, mailing, EndForm(request.POST, zone=own_zone(), now=now, before=before))
        form = MailingForm(request.POST, zone=own_zone(), now=now, before=before)
        if form.is_valid() and form.said not in (None, before) and form.cleaned_data["seen"] != digest_of(before):
            return self._conflict(request, mailing, form.said)
        return self.answer(request, form)

    def save(self, request: HttpRequest, form: MailingForm, said: MailingFields, sheet: Sheet) -> HttpResponse:
        """Change it, and go to it; where it changed meanwhile, show both."""
        pk = self.mailing_id or 0
        try:
            with said_above(request):
                save_edit(form=form, said=said, mailing_id=pk, user=user_of(request))
                messages.success(request, what_was_saved(form, sheet, shown=request.POST.get("shown", "")))
        except EditedMeanwhile:
            return self._conflict(request, get_mailing(mailing_id=pk), said)
        return HttpResponseRedirect(reverse("admin:mailing", args=[pk]))

    def _mailing(self, pk: int) -> Mailing:
        mailing = get_mailing(mailing_id=pk)
        if mailing.state not in LIVE_STATES:
            raise StateForbids(_("This mailing is over: it cannot be edited any more. You can send a copy of it."))
        self.mailing_id = pk
        return mailing

    def _conflict(self, request: HttpRequest, mailing: Mailing, mine: MailingFields | None) -> HttpResponse:
        """What was typed, beside what somebody else has made of it; to check it once more is to prefer one's own."""
        theirs, typed = fields_of(mailing), request.POST.copy()
        typed["seen"] = digest_of(theirs)
        form = MailingForm(typed, zone=own_zone(), now=database_now(), before=theirs)
        rows = [] if mine is None else differences(mine, theirs, zone=form.in_zone)
        return self.shown_form(request, form, differences=rows, last_change=last_change(mailing))

    def _end(self, request: HttpRequest, mailing: Mailing, form: EndForm) -> HttpResponse:
        if request.POST.get("step"):
            form = EndForm(
                zone=own_zone(), now=form.now, before=form.before, initial=edited(fields_of(mailing), zone=own_zone())
            )
            return self._shown_end(request, mailing, form, began_meanwhile=True)
        if not form.is_valid() or form.said is None:
            return self._shown_end(request, mailing, form)
        try:
            save_end(mailing_id=mailing.id, end=form.said, seen=form.cleaned_data["seen"], user=user_of(request))
        except InvalidInput as error:
            form.add_error("end_at", [str(text) for texts in error.fields.values() for text in texts])
            return self._shown_end(request, mailing, form)
        except EditedMeanwhile as error:
            return self._end_conflict(request, get_mailing(mailing_id=mailing.id), str(error))
        messages.success(request, _("The end was changed."))
        return HttpResponseRedirect(reverse("admin:mailing", args=[mailing.id]))

    def _end_conflict(self, request: HttpRequest, mailing: Mailing, problem: str) -> HttpResponse:
        typed = request.POST.copy()
        typed["seen"] = digest_of(fields_of(mailing))
        form = EndForm(typed, zone=own_zone(), now=database_now(), before=fields_of(mailing))
        form.add_error(None, problem)
        return self._shown_end(request, mailing, form, last_change=last_change(mailing))

    def _shown_end(self, request: HttpRequest, mailing: Mailing, form: EndForm, **context: Any) -> HttpResponse:
        return self.shown_as(
            request,
            "console/composing/end.html",
            title=_("Change the end"),
            mailing=mailing,
            form=form,
            **clock_words(form.in_zone, form),
            **context,
        )
