"""The page that edits a mailing."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.console.composing.changes import differences, last_change
from vestnik.console.composing.fields import own_zone
from vestnik.console.composing.forms import EndForm, MailingForm, digest_of
from vestnik.console.composing.initial import edited
from vestnik.console.composing.page import ComposingPage, clock_words
from vestnik.console.composing.save import save_edit, save_end
from vestnik.console.composing.sheet import Sheet
from vestnik.console.composing.words import what_was_saved
from vestnik.console.pages import said_above
from vestnik.console.paging import same_list
from vestnik.console.roles import user_of
from vestnik.db.clock import database_now
from vestnik.errors import EditedMeanwhile, InvalidInput, StateForbids
from vestnik.mailings.fields import MailingFields, fields_of
from vestnik.mailings.find import get_mailing
from vestnik.models import LIVE_STATES, Mailing, MailingState


class EditMailingPage(ComposingPage):
    """Edits all fields before the mailing starts, and only its end afterwards."""

    heading = _lazy("Edit the mailing")
    mailing: Mailing

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the form, or the sheet.

        Raises:
            NotFound: There is no such mailing.
            StateForbids: The mailing is over.
        """
        mailing = self._open(pk)
        if mailing.state == MailingState.SCHEDULED:
            return self.shown_step(request)
        return self._shown_end(request, mailing, self._begin_end(mailing))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the sheet, show the form again, or save the mailing.

        Raises:
            NotFound: There is no such mailing.
            StateForbids: The mailing is over.
        """
        mailing = self._open(pk)
        if mailing.state == MailingState.SCHEDULED:
            return self.done_step(request)
        if "step" in request.POST or "mend" in request.POST:
            return self._shown_end(request, mailing, self._begin_end(mailing), began_meanwhile=True)
        form = EndForm(request.POST, zone=own_zone(), now=database_now(), before=fields_of(mailing))
        return self._end(request, mailing, form)

    def begin(self) -> MailingForm:
        """Return the form with the values of the mailing."""
        before, zone = fields_of(self.mailing), own_zone()
        return MailingForm(zone=zone, now=database_now(), before=before, initial=edited(before, zone=zone))

    def read(self, typed: QueryDict) -> MailingForm:
        """Return the form with the values that were posted."""
        return MailingForm(typed, zone=own_zone(), now=database_now(), before=fields_of(self.mailing))

    def objection(self, form: MailingForm) -> HttpResponse | None:
        """Return the page of the conflict if somebody else has changed the mailing.

        There is no conflict if the other version has the same values as this form.
        """
        now_it_says = fields_of(self.mailing)
        if form.said in (None, now_it_says) or form.cleaned_data["seen"] == digest_of(now_it_says):
            return None
        return self._conflict(self.mailing, form)

    def save(self, form: MailingForm, said: MailingFields, sheet: Sheet, *, shown: int) -> HttpResponse:
        """Save the mailing, and go to its page. Show both versions if it was changed in the meantime.

        ``#saved`` tells the browser that it need not keep the changes any longer.
        """
        saved = ""
        try:
            with said_above(self.request):
                save_edit(form=form, said=said, mailing_id=self.mailing.id, user=user_of(self.request))
                messages.success(self.request, what_was_saved(form, sheet, shown=shown))
                saved = "#saved"
        except EditedMeanwhile:
            return self._conflict(get_mailing(mailing_id=self.mailing.id), form)
        return HttpResponseRedirect(reverse("admin:mailing", args=[self.mailing.id]) + same_list(self.request) + saved)

    def _open(self, pk: int) -> Mailing:
        self.mailing = get_mailing(mailing_id=pk)
        if self.mailing.state not in LIVE_STATES:
            raise StateForbids(_("This mailing is over and cannot be edited. You can copy it."))
        self.mailing_id = pk
        return self.mailing

    def _conflict(self, mailing: Mailing, form: MailingForm) -> HttpResponse:
        """Show the form again, beside the version that somebody else has saved.

        Saving once more overwrites the other version.
        """
        theirs, typed = fields_of(mailing), form.typed.copy()
        typed["seen"] = digest_of(theirs)
        rows = [] if form.said is None else differences(form.said, theirs, zone=form.in_zone)
        again = MailingForm(typed, zone=own_zone(), now=form.now, before=theirs)
        return self.shown_form(again, differences=rows, last_change=last_change(mailing))

    def _begin_end(self, mailing: Mailing) -> EndForm:
        before, zone = fields_of(mailing), own_zone()
        return EndForm(zone=zone, now=database_now(), before=before, initial=edited(before, zone=zone))

    def _end(self, request: HttpRequest, mailing: Mailing, form: EndForm) -> HttpResponse:
        if not form.is_valid() or form.said is None:
            return self._shown_end(request, mailing, form)
        try:
            save_end(mailing_id=mailing.id, end=form.said, seen=form.cleaned_data["seen"], user=user_of(request))
        except InvalidInput as error:
            form.refuse_end(error)
            return self._shown_end(request, mailing, form)
        except EditedMeanwhile as error:
            return self._end_conflict(request, get_mailing(mailing_id=mailing.id), str(error))
        messages.success(request, _("The end was changed."))
        return HttpResponseRedirect(reverse("admin:mailing", args=[mailing.id]) + same_list(request))

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
