"""Pages that add, change, delete and erase one client."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.clients.directory import (
    create_client,
    delete_client,
    fingerprint,
    get_client,
    lock_client,
    update_client,
)
from vestnik.clients.erasure import Certificate, erase_client
from vestnik.console.clients.forms import ClientForm
from vestnik.console.clients.phone import about
from vestnik.console.clients.sentences import said_of_recalled
from vestnik.console.conflicts import is_overtaken
from vestnik.console.pages import Page, errors_at
from vestnik.console.paging import back_to, same_list
from vestnik.console.roles import user_of
from vestnik.models import Client, Role
from vestnik.phones.display import spell_phone
from vestnik.phones.reader import shown_phone


class ClientNewPage(Page):
    """The form for a new client."""

    sees = Role.OPERATOR
    template = "console/clients/new.html"
    heading = _lazy("New client")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show an empty form."""
        return self.shown(request, form=ClientForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Add the client, or show what is wrong with the form."""
        form = ClientForm(request.POST)
        if form.is_valid():
            with errors_at(form):
                client = create_client(fields=form.client_fields(), actor=user_of(request))
                messages.success(request, _("%(phone)s was added.") % {"phone": spell_phone(client.phone_number)})
                again = reverse("admin:client-new") + same_list(request)
                return redirect(again if "again" in request.POST else back_to(request, "clients"))
        return self.shown(request, status=400, form=form)


class ClientPage(Page):
    """One client, with the messages to its phone."""

    template = "console/clients/client.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the client, with a form if the account may change it."""
        client = get_client(client_id=pk)
        return self._shown(request, client, ClientForm(client=client))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save the changes, or show what is wrong with the form."""
        form = ClientForm(request.POST, client=get_client(client_id=pk))
        if form.is_valid():
            with errors_at(form), transaction.atomic():
                client = lock_client(client_id=pk)
                if is_overtaken(form, fingerprint(client), kind="client", number=client.id):
                    return self._shown(request, client, form, status=409, changed=True)
                client = update_client(client=client, fields=form.client_fields(), actor=user_of(request))
                messages.success(request, _("%(phone)s was saved.") % {"phone": spell_phone(client.phone_number)})
                return redirect(back_to(request, "clients"))
        return self._shown(request, get_client(client_id=pk), form, status=400)

    def _shown(
        self,
        request: HttpRequest,
        client: Client,
        form: ClientForm,
        *,
        status: int = 200,
        changed: bool = False,
    ) -> HttpResponse:
        return self.shown(
            request,
            status=status,
            title=shown_phone(client.phone_number),
            client=client,
            form=form,
            changed_meanwhile=changed,
            back=back_to(request, "clients"),
            query=request.GET.urlencode(),
            **about(request, client.phone_number),
        )


class ClientDeletePage(Page):
    """Deletes a client from the directory."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Delete the client, and report what happened to its messages."""
        client = get_client(client_id=pk)
        recalled = delete_client(client=client, actor=user_of(request))
        deleted = _("%(phone)s was deleted.") % {"phone": spell_phone(client.phone_number)}
        messages.success(request, " ".join([deleted, *said_of_recalled(recalled)]))
        return redirect(back_to(request, "clients"))


class ClientErasePage(Page):
    """Erases the personal data of a client on request."""

    changes = Role.ADMINISTRATOR

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Erase the data, and show the number of the certificate."""
        forget = request.POST.get("forget") == "on"
        certificate = erase_client(client_id=pk, actor=user_of(request), forget_refusal=forget)
        messages.success(request, _certified(certificate))
        return redirect(back_to(request, "clients"))


def _certified(certificate: Certificate) -> str:
    kept = {
        "kept": _("The number stays on the stop list."),
        "removed": _("The number was removed from the stop list."),
    }
    erased = _(
        "Personal data erased. Proof: entry no. %(number)d of the audit log. Messages whose number was erased:"
        " %(messages)d, refused import rows: %(rows)d."
    ) % {"number": certificate.number, "messages": certificate.messages, "rows": certificate.refused_rows}
    return " ".join([erased, *said_of_recalled(certificate.recalled), *filter(None, [kept.get(certificate.stop_list)])])
