"""Logging in to the console: by name or e-mail, behind the same limits as the REST API."""

from typing import Any

from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.throttling import BaseThrottle
from unfold.forms import AuthenticationForm

from vestnik.accounts.logins import find_account
from vestnik.console.languages import take_over
from vestnik.errors import TooManyTries
from vestnik.models import User


def _forget_old_sessions() -> None:
    """Each login takes what has expired along, as :func:`vestnik.accounts.logins.log_in` does: no sweep is needed."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()


class LoginForm(AuthenticationForm):  # type: ignore[misc]  # Unfold has no types
    """Django's form, with our own look-up of accounts and its limits on guessing."""

    def clean(self) -> dict[str, Any]:
        """Find the account, or say why not."""
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if name and password:
            try:
                # The REST API's way to know an address: X-Forwarded-For counts as far as NUM_PROXIES says.
                address = BaseThrottle().get_ident(self.request)
                self.user_cache = find_account(username=name, password=password, address=address)
            except TooManyTries as error:
                self.add_error(None, _("Too many tries: wait %(wait)d seconds.") % {"wait": error.wait})
                return dict(self.cleaned_data)
            if self.user_cache is None:
                self.add_error(None, _("There is no account with this name and password."))
            else:
                take_over(self.request, self.user_cache)
                _forget_old_sessions()
        return dict(self.cleaned_data)

    def confirm_login_allowed(self, user: User) -> None:
        """Every active account may; :func:`find_account` gives no other."""
