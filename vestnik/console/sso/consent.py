"""Handles a first login through the provider when an account with the same e-mail already exists.

The e-mail alone is not enough to get the account. The provider may be wrong about it, or the address may now belong to
somebody else. So the person must enter the account's password once. An administrator can set a new one.
"""

import time
from dataclasses import asdict, dataclass, field
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views import View

from vestnik.accounts.identities import Identity, given_once
from vestnik.accounts.logins import account_by, find_account
from vestnik.accounts.outside import report_ask, report_refusal, take_over
from vestnik.console.login import origin_of
from vestnik.console.people.forms import MAX_PASSWORD
from vestnik.console.site import site
from vestnik.console.sso.entry import enter, provider_set
from vestnik.errors import Refused, TooManyTries
from vestnik.models import Role, User

#: The session key of the pending login, and its lifetime in seconds.
_KEY, _SECONDS = "sso_pending", 600


@dataclass(frozen=True, slots=True)
class Pending:
    """A person who has to enter the password.

    ``email`` is verified. ``asked_for`` is the page to open afterwards.
    """

    identity: Identity
    email: str
    role: Role
    asked_for: str
    until: float = field(default_factory=lambda: time.time() + _SECONDS)


class ConsentForm(forms.Form):
    """The password of the account."""

    password = forms.CharField(
        label=_lazy("Password of this account"),
        strip=False,
        max_length=MAX_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


def ask(request: HttpRequest, account: User, pending: Pending) -> HttpResponse:
    """Store the pending login in the session, and redirect to the page that asks for the password.

    Raises:
        Refused: The account is not active.
    """
    if not account.is_active:
        report_refusal(account)
        raise Refused(_("This account is switched off. Ask an administrator."))
    report_ask(account)
    request.session[_KEY] = asdict(pending)
    return redirect("openid_connect_consent")


class ConsentPage(View):
    """Asks for the password of the account, and links the account to the person who knows it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page."""
        pending = _pending_of(request)
        return redirect("admin:login") if pending is None else _shown(request, pending, ConsentForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Check the password, and log in."""
        pending = _pending_of(request)
        if pending is None:
            raise Refused(_("This took too long: log in again."))
        form = ConsentForm(request.POST)
        if not form.is_valid():
            return _shown(request, pending, form, status=400)
        user = _proved(request, form, pending)
        if user is None:
            return _shown(request, pending, form, status=403)
        with given_once(), transaction.atomic():
            account = take_over(user, email=pending.email)
            pending.identity.give_to(account)
        del request.session[_KEY]
        enter(request, account, role=pending.role)
        return redirect(pending.asked_for)


def _pending_of(request: HttpRequest) -> Pending | None:
    kept: dict[str, Any] = request.session.get(_KEY) or {}
    if kept.get("until", 0) < time.time():
        return None
    return Pending(**{**kept, "identity": Identity(**kept["identity"]), "role": Role(kept["role"])})


def _proved(request: HttpRequest, form: ConsentForm, pending: Pending) -> User | None:
    """Return the account if the password is right. The limits and the error messages are those of logins."""
    try:
        user = find_account(email=pending.email, password=form.cleaned_data["password"], origin=origin_of(request))
    except TooManyTries as error:
        form.add_error(None, _("Too many attempts. Wait %(wait)d seconds.") % {"wait": error.wait})
        return None
    if user is None:
        form.add_error("password", _("This is not the password of the account. The account was not given to you."))
        if (account := account_by("email", pending.email)) is not None:
            report_refusal(account)
    return user


def _shown(request: HttpRequest, pending: Pending, form: ConsentForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "email": pending.email, "provider": provider_set().name}
    return TemplateResponse(request, "console/sso/consent.html", {**site.frame(request), **context}, status=status)
