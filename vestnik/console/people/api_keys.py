"""One's own API keys."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.accounts.keys import create_key, find_keys, revoke_key
from vestnik.console.pages import Page, errors_at
from vestnik.console.people.forms import KeyForm
from vestnik.console.roles import may, user_of
from vestnik.errors import Refused
from vestnik.models import Role
from vestnik.web.ids import id_of


def key_id_of(request: HttpRequest) -> int:
    """The key that a form names; 0, which no key has, where it names none."""
    return id_of(request.POST["revoke"]) or 0


class ApiKeysPage(Page):
    """One's keys, and a new one, which is shown once."""

    changes = Role.VIEWER  # everybody may end his own keys
    template = "console/people/api_keys.html"
    heading = _lazy("API keys")

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page."""
        return self._show(request, KeyForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make a key, or revoke one. A new key is in this answer only, so no redirect follows."""
        if "revoke" in request.POST:
            return self._revoke(request)
        if not may(request.user, Role.OPERATOR):
            raise Refused(_("Your account may not do this. Ask an administrator for the role it takes."))
        form, made = KeyForm(request.POST), None
        if form.is_valid():
            with errors_at(form):
                chosen = {**form.cleaned_data, "role": Role(form.cleaned_data["role"])}
                made = create_key(owner=user_of(request), **chosen)
        if made is None:
            return self._show(request, form, status=400)
        return self._show(request, KeyForm(), row=made[0], key=made[1])

    def _show(self, request: HttpRequest, form: KeyForm, *, status: int = 200, **made: object) -> HttpResponse:
        keys = find_keys(owner=user_of(request)).order_by("-id")
        may_make = may(request.user, Role.OPERATOR)
        return self.shown(request, status=status, form=form, keys=keys, may_make=may_make, **made)

    def _revoke(self, request: HttpRequest) -> HttpResponse:
        revoke_key(actor=user_of(request), key_id=key_id_of(request))
        messages.success(request, _("The key is revoked: it does not work any more."))
        return redirect("admin:api-keys")
