"""The page that creates a mailing, from nothing or as a copy."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from vestnik.console.composing.fields import own_zone
from vestnik.console.composing.forms import MailingForm
from vestnik.console.composing.initial import blank, copied, initial_text, to_these
from vestnik.console.composing.page import ComposingPage
from vestnik.console.composing.save import save_new
from vestnik.console.composing.sheet import Sheet
from vestnik.console.composing.words import what_was_saved
from vestnik.console.mailings.earlier import earlier_asked
from vestnik.console.roles import user_of
from vestnik.db.clock import database_now
from vestnik.errors import NotFound
from vestnik.mailings.fields import MailingFields, fields_of
from vestnik.mailings.find import get_mailing
from vestnik.mailings.templates import fields_of_template, get_template
from vestnik.web.ids import id_of


class NewMailingPage(ComposingPage):
    """Creates a mailing. ``?copy=ID`` fills in the form from another mailing.

    ``?template=ID`` fills in the text of a template, ``?segment=ID`` chooses a segment.
    ``?earlier=ID&state=failed&code=…`` makes one to the phones of a mailing, by what became of their messages.
    """

    heading = _("New mailing")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form, or the sheet.

        Raises:
            NotFound: There is no mailing to copy.
        """
        return self.shown_step(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show the sheet, show the form again, or create the mailing."""
        return self.done_step(request)

    def begin(self) -> MailingForm:
        """Return an empty form, or a copy of a mailing."""
        now, zone, copy = database_now(), own_zone(), self.request.GET.get("copy")
        earlier = earlier_asked(self.request.GET)
        if earlier is not None:
            initial = to_these(earlier, _original(str(earlier.mailing)), now=now, zone=zone)
        elif copy is not None:
            initial = copied(_original(copy), now=now, zone=zone)
        else:
            initial = {**blank(now=now, zone=zone), **_template_text(self.request.GET.get("template"))}
            initial["segment"] = str(id_of(self.request.GET.get("segment", "")) or "")
        return MailingForm(zone=zone, now=now, initial=initial)

    def read(self, typed: QueryDict) -> MailingForm:
        """Return the form with the values that were posted."""
        return MailingForm(typed, zone=own_zone(), now=database_now())

    def save(self, form: MailingForm, said: MailingFields, sheet: Sheet, *, shown: int) -> HttpResponse:
        """Create the mailing, and go to its page."""
        mailing_id = save_new(form=form, said=said, user=user_of(self.request), made=partial(self.made, form))
        messages.success(self.request, what_was_saved(form, sheet, shown=shown))
        return HttpResponseRedirect(reverse("admin:mailing", args=[mailing_id]))

    def made(self, form: MailingForm, mailing_id: int) -> None:
        """Do what belongs to the creation of a mailing, in its transaction."""


def _template_text(asked: str | None) -> dict[str, Any]:
    """Return the initial values that a template gives; none if no template is asked for."""
    if asked is None:
        return {}
    template_id = id_of(asked)
    if template_id is None:
        raise NotFound("no id")
    return initial_text(fields_of_template(get_template(template_id=template_id)))


def _original(copy: str) -> MailingFields:
    mailing_id = id_of(copy)
    if mailing_id is None:
        raise NotFound("no id")
    return fields_of(get_mailing(mailing_id=mailing_id))
