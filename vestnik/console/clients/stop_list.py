"""The stop list: phones that receive no messages."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _lazy

from vestnik.clients.stop_list import find_stopped, stop_phones
from vestnik.console.clients.forms import StopForm, StopSearch
from vestnik.console.clients.phone import allow_again
from vestnik.console.clients.sentences import said_of_stopped
from vestnik.console.pages import Page
from vestnik.console.paging import Listed, back_to, from_here, page_of
from vestnik.console.roles import user_of
from vestnik.db.pages import count_up_to
from vestnik.phones.number import MAX_PHONE, MIN_PHONE

#: The greatest number of entries that is counted: beyond it a count would take longer than the page.
MAX_COUNTED = 10_000


class StopListPage(Page):
    """The entries of the stop list with a search, and a form that adds more. The newest come first."""

    template = "console/clients/stop_list.html"
    heading = _lazy("Stop list")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of the list. ``?add=`` fills in the form."""
        asked = request.GET.get("add", "")
        return self._shown(request, StopForm(initial={"phones": asked}), status=200)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Put the phones on the list, or show which ones are not phone numbers."""
        form = StopForm(request.POST)
        if not form.is_valid():
            return self._shown(request, form, status=400)
        typed = form.cleaned_data
        stopped = stop_phones(phones=typed["phones"], reason=typed["reason"], actor=user_of(request))
        messages.success(request, " ".join(said_of_stopped(stopped)))
        return redirect("admin:stop-list")  # the new ones are the first there

    def _shown(self, request: HttpRequest, form: StopForm, *, status: int) -> HttpResponse:
        search = StopSearch(request.GET)
        page, total = Listed([], "", ""), 0
        if search.is_valid():
            found = find_stopped(phone_prefix=search.cleaned_data["phone"])
            page, total = page_of(request, found, newest_first=True), count_up_to(found, most=MAX_COUNTED)
        context: dict[str, Any] = {"form": form, "search": search, "page": page, "from_here": from_here(request)}
        context |= {"total": total, "most": MAX_COUNTED, "searched": bool(request.GET.get("phone"))}
        return self.shown(request, status=status, **context)


class StopListRemovePage(Page):
    """Removes one phone from the list."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Allow messages to the phone again."""
        if MIN_PHONE <= pk <= MAX_PHONE:
            allow_again(request, pk)
        return redirect(back_to(request, "stop-list"))
