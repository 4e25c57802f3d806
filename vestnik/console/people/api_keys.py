"""One's own API keys."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.accounts.keys import create_key, find_keys, revoke_key
from vestnik.console.pages import Page, errors_at
from vestnik.console.people.forms import KeyForm
from vestnik.console.roles import user_of
from vestnik.models import Role


class ApiKeysPage(Page):
    """One's keys, and a new one, which is shown once."""

    template = "console/people/api_keys.html"
    heading = _lazy("API keys")

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page."""
        return self._show(request, KeyForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make a key, or revoke one. A new key is in this answer only, so no redirect follows."""
        if "revoke" in request.POST:
            return self._revoke(request)
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
        return self.shown(request, status=status, form=form, keys=keys, **made)

    def _revoke(self, request: HttpRequest) -> HttpResponse:
        number = request.POST["revoke"]
        revoke_key(owner=user_of(request), key_id=int(number) if number.isdecimal() else 0)
        messages.success(request, _("The key is revoked: it does not work any more."))
        return redirect("admin:api-keys")
