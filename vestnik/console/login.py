"""Logs in to the console by name or e-mail, with the same limits on attempts as the REST API."""

import re
import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework.throttling import BaseThrottle
from unfold.forms import AuthenticationForm

from vestnik.accounts.logins import Origin, find_account, forget_old_sessions
from vestnik.console.cookies import keep_for_a_year, take_over
from vestnik.errors import TooManyTries
from vestnik.models import User

#: A browser in which somebody has logged in keeps this cookie for a year. Failed logins from elsewhere do not lock it
#: out.
DEVICE_COOKIE = "vestnik_device"


def origin_of(request: HttpRequest) -> Origin:
    """Return where a login comes from. As in the REST API, NUM_PROXIES decides how far X-Forwarded-For is trusted."""
    address = BaseThrottle().get_ident(request)  # type: ignore[arg-type]  # it reads META only
    return Origin(address=address, device=_device_of(request))


def _device_of(request: HttpRequest) -> str:
    """Return the secret of this browser. A new one is stored only after a successful login."""
    if not hasattr(request, "device"):
        sent = request.COOKIES.get(DEVICE_COOKIE, "")
        request.device = sent if re.fullmatch(r"[\w-]{20,60}", sent) else secrets.token_urlsafe(24)  # type: ignore[attr-defined]
    return str(request.device)  # type: ignore[attr-defined]


def remember_device(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Store the secret in the browser after a successful login."""
    keep_for_a_year(response, DEVICE_COOKIE, _device_of(request))
    return response


class LoginForm(AuthenticationForm):  # type: ignore[misc]  # Unfold has no types
    """Django's login form with our own lookup of accounts and its limits on attempts."""

    def clean(self) -> dict[str, Any]:
        """Look up the account, or add an error."""
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if name and password:
            try:
                self.user_cache = find_account(username=name, password=password, origin=origin_of(self.request))
            except TooManyTries as error:
                self.add_error(None, _("Too many attempts. Wait %(wait)d seconds.") % {"wait": error.wait})
                return dict(self.cleaned_data)
            if self.user_cache is None:
                self.add_error(None, _("Wrong username or password."))
            else:
                take_over(self.request, self.user_cache)
                forget_old_sessions()
        return dict(self.cleaned_data)

    def confirm_login_allowed(self, user: User) -> None:
        """Allow every account. :func:`find_account` returns only active ones."""
