"""A phone number: its client if there is one, its messages, and its entry in the stop list."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from vestnik.clients.directory import find_clients
from vestnik.clients.stop_list import allow_phones, find_stopped, stop_phones
from vestnik.console.clients.forms import ReasonForm
from vestnik.console.clients.history import history_asked_for
from vestnik.console.clients.sentences import said_of_stopped
from vestnik.console.pages import Page
from vestnik.console.paging import same_list
from vestnik.console.roles import user_of
from vestnik.errors import NotFound
from vestnik.ledger.recalls import queued_to
from vestnik.phones.display import spell_phone
from vestnik.phones.number import MAX_PHONE, MIN_PHONE
from vestnik.phones.reader import shown_phone
from vestnik.receipts.inbound import find_inbound

#: Texts from a phone that are shown, the newest first; REST has all of them.
MAX_INBOUND = 50


class PhonePage(Page):
    """A phone that may have no client any more. Every phone of a table links to this page."""

    whole_phones = True
    template = "console/clients/phone.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the client's page if the phone has one, otherwise a page of its own."""
        phone = checked(pk)
        client = find_clients(phone_prefix=str(phone)).first()
        if client is not None:
            query = request.GET.urlencode()
            return HttpResponseRedirect(reverse("admin:client", args=[client.id]) + (f"?{query}" if query else ""))
        return self.shown(request, title=shown_phone(phone), **about(request, phone))


class PhoneStopPage(Page):
    """``POST phones/<phone>/stop`` puts a phone on the stop list, or takes it off with ``do=allow``."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change the stop list, report it, and go back to the phone's page."""
        phone = checked(pk)
        page = reverse("admin:phone", args=[phone]) + same_list(request)
        if request.POST.get("do") == "allow":
            allow_again(request, phone)
            return redirect(page)
        form = ReasonForm(request.POST)
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        stopped = stop_phones(phones=[phone], reason=reason, actor=user_of(request))
        messages.success(request, " ".join(said_of_stopped(stopped)))
        return redirect(page)


def allow_again(request: HttpRequest, phone: int) -> None:
    """Take a phone off the stop list, and report it, also if somebody else has done so meanwhile."""
    spelled = {"phone": spell_phone(phone)}
    try:
        allow_phones(phones=[phone], actor=user_of(request))
    except NotFound:
        messages.warning(request, _("%(phone)s is no longer on the stop list.") % spelled)
    else:
        messages.success(request, _("%(phone)s was removed from the stop list.") % spelled)


def about(request: HttpRequest, phone: int) -> dict[str, Any]:
    """Return what the pages of a phone and of a client show: queued messages, stop list, history, texts from it."""
    return {
        "phone_number": phone,
        "queued": queued_to(phone=phone),
        "stopped": find_stopped(phone_prefix=str(phone)).first(),
        "reason_form": ReasonForm(),
        "inbound": find_inbound(phone=phone).order_by("-id")[:MAX_INBOUND],
        **history_asked_for(request, phone),
    }


def checked(number: int) -> int:
    """Return the number of a path if it is a phone.

    Raises:
        Http404: It is none.
    """
    if not MIN_PHONE <= number <= MAX_PHONE:
        raise Http404
    return number
