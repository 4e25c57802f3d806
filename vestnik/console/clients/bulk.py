"""Several clients of the list at once: a tag, the stop list, or deletion. Asked before, and undone if possible.

They are those that were selected, or all that the search finds when the question is asked: what is confirmed is what
was asked about, whatever the search would find by then.
"""

import time
from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from vestnik.characters import clean_text
from vestnik.clients.bulk import MAX_CLIENTS, clients_with, delete_clients, not_stopped, tag_clients
from vestnik.clients.choices import existing_tags
from vestnik.clients.directory import find_clients
from vestnik.clients.stop_list import allow_phones, stop_phones
from vestnik.console.clients.fields import DatalistInput
from vestnik.console.clients.forms import ClientSearch, ReasonForm
from vestnik.console.clients.sentences import said_of_recalled, said_of_stopped
from vestnik.console.pages import Page, said_above
from vestnik.console.paging import asked_before, back_to
from vestnik.console.roles import user_of
from vestnik.console.tags import number
from vestnik.errors import NotFound
from vestnik.mailings.fields import LONGEST_TAG
from vestnik.models import Client, Role, User
from vestnik.web.ids import id_of

#: The session key of what can be undone, and the seconds for which it is offered.
_UNDO, _UNDO_SECONDS = "clients_undo", 600
#: The number of phones that the question names.
_NAMED = 10


class BulkTagForm(forms.Form):
    """The tag that the clients get."""

    tag = forms.CharField(label=_lazy("Tag"), max_length=LONGEST_TAG, strip=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["tag"].widget = DatalistInput(existing_tags(), attrs={"autocomplete": "off", "maxlength": 64})

    def clean_tag(self) -> str:
        """Return the tag as it is stored. A tag without visible characters counts as missing."""
        tag = clean_text(self.cleaned_data["tag"])
        if not tag:
            raise forms.ValidationError(self.fields["tag"].error_messages["required"], code="required")
        return tag


class BulkPage(Page):
    """``POST clients/bulk`` with ``do``: tag, stop or delete. With ``sure`` it is done, otherwise asked.

    ``ids``: which clients; ``all=yes``: those that the search in ``from`` finds.
    """

    sees: ClassVar[Role] = Role.OPERATOR
    template = "console/clients/bulk.html"
    heading = _lazy("Selected clients")

    def post(self, request: HttpRequest) -> HttpResponse:
        """Ask, or change the clients and go back to the list.

        Raises:
            Http404: There is no such action.
        """
        do = request.POST.get("do", "")
        if do not in _FORMS:
            raise Http404
        clients = _found(request) if request.POST.get("all") == "yes" else clients_with(ids=_ids(request))
        if not 0 < len(clients) <= MAX_CLIENTS:
            messages.warning(request, too_many_clients() if clients else _("Select some clients first."))
            return redirect(back_to(request, "clients"))
        is_sure = request.POST.get("sure") == "yes"
        form = _FORMS[do](request.POST if is_sure else None)
        if not is_sure or not form.is_valid():
            return self.shown(
                request, do=do, form=form, clients=clients, named=clients[:_NAMED], more=len(clients) - _NAMED,
                ids=",".join(str(client.id) for client in clients),
                back=back_to(request, "clients"), query=request.GET.urlencode(), status=400 if is_sure else 200,
            )  # fmt: skip
        said, undo = _ACTIONS[do](clients, form.cleaned_data, user_of(request))
        request.session[_UNDO] = undo and {**undo, "at": time.time()}
        messages.success(request, said)
        return redirect(back_to(request, "clients"))


class BulkUndoPage(Page):
    """``POST clients/bulk/undo``: takes the last change of several clients back."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Undo it, if it is offered, and go back to the list."""
        undo = undo_offered(request)
        request.session.pop(_UNDO, None)
        if undo is None:
            messages.warning(request, _("There is nothing left to undo."))
        elif undo["do"] == "tag":
            # Who got another tag meanwhile keeps it.
            same = {client.id for client in clients_with(ids=map(int, undo["tags"])) if client.tag == undo["tag"]}
            before = {int(key): tag for key, tag in undo["tags"].items() if int(key) in same}
            tag_clients(tags=before, actor=user_of(request))
            messages.success(request, _("The tags are as before."))
        else:
            phones = [client.phone_number for client in clients_with(ids=undo["ids"])]
            with said_above(request):
                _allow(phones, user_of(request))
                messages.success(
                    request, _("The numbers are off the stop list again. Cancelled messages stay cancelled.")
                )
        return redirect(back_to(request, "clients"))


def undo_offered(request: HttpRequest) -> dict[str, Any] | None:
    """Return what can be undone, if anything was changed a short while ago."""
    undo: dict[str, Any] | None = request.session.get(_UNDO)
    if undo is not None and time.time() - undo["at"] >= _UNDO_SECONDS:
        del request.session[_UNDO]  # It may name thousands, and is read with every page.
        return None
    return undo or None


def too_many_clients() -> str:
    """Return what to do where more are found than one change takes."""
    return _(
        "At most %(most)s clients are changed at once. Narrow the search, or export the list, change the file and"
        " import it."
    ) % {"most": number(MAX_CLIENTS)}


def _found(request: HttpRequest) -> list[Client]:
    """Return the clients that the list's search finds, and one more than is taken if there are more."""
    search = ClientSearch(asked_before(request))
    return list(find_clients(**search.filters()).order_by("id")[: MAX_CLIENTS + 1]) if search.is_valid() else []


def _allow(phones: list[int], user: User) -> None:
    try:
        allow_phones(phones=phones, actor=user)
    except NotFound:
        return  # somebody else took them off meanwhile


def _ids(request: HttpRequest) -> list[int]:
    """Return the ids that were selected, one or several in each value."""
    found = [id_of(text) for value in request.POST.getlist("ids") for text in value.split(",")]
    return [each for each in found if each is not None][: MAX_CLIENTS + 1]


def _tag(clients: list[Client], chosen: dict[str, Any], user: User) -> tuple[str, dict[str, Any] | None]:
    before = tag_clients(tags={client.id: chosen["tag"] for client in clients}, actor=user)
    said = ngettext(
        "%(count)d client has the tag “%(tag)s” now.", "%(count)d clients have the tag “%(tag)s” now.", len(before)
    ) % {"count": len(before), "tag": chosen["tag"]}
    return said, {"do": "tag", "tag": chosen["tag"], "tags": before}


def _stop(clients: list[Client], chosen: dict[str, Any], user: User) -> tuple[str, dict[str, Any] | None]:
    new = not_stopped(clients=clients)
    phones = [client.phone_number for client in clients]
    stopped = stop_phones(phones=phones, reason=chosen["reason"], actor=user)
    return " ".join(said_of_stopped(stopped)), {"do": "stop", "ids": [client.id for client in new]} if new else None


def _delete(clients: list[Client], _chosen: dict[str, Any], user: User) -> tuple[str, dict[str, Any] | None]:
    count, recalled = delete_clients(clients=clients, actor=user)
    said = ngettext("%(count)d client was deleted.", "%(count)d clients were deleted.", count) % {"count": count}
    return " ".join([said, *said_of_recalled(recalled)]), None


_FORMS: dict[str, Callable[..., forms.Form]] = {"tag": BulkTagForm, "stop": ReasonForm, "delete": forms.Form}
_ACTIONS: dict[str, Callable[[list[Client], dict[str, Any], User], tuple[str, dict[str, Any] | None]]] = {
    "tag": _tag,
    "stop": _stop,
    "delete": _delete,
}
