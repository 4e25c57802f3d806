"""The user's own account: name, language, time zone, password, and API keys."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import override

from vestnik.accounts.keys import create_key, find_keys, revoke_key
from vestnik.accounts.logins import confirm_password
from vestnik.accounts.own_phone import change_own_phone
from vestnik.accounts.people import change_preferences
from vestnik.accounts.registration import change_password
from vestnik.console.cookies import remember_language
from vestnik.console.pages import Page, errors_at
from vestnik.console.people.forms import KeyForm, PasswordForm, PreferencesForm
from vestnik.console.roles import may, user_of
from vestnik.errors import Refused, TooManyTries
from vestnik.models import Language, Role, User
from vestnik.phones.display import spell_phone
from vestnik.web.ids import id_of


class AccountPage(Page):
    """The user's own account."""

    changes = Role.VIEWER
    before_new_password = True
    template = "console/people/account.html"
    heading = _lazy("My account")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page."""
        return self._show(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Save the form that was sent: the names or the password."""
        return self._change_password(request) if "new_password" in request.POST else self._change_names(request)

    def _show(self, request: HttpRequest, *, status: int = 200, **forms: object) -> HttpResponse:
        user = user_of(request)
        values = {name: getattr(user, name) for name in PreferencesForm.base_fields}
        values["own_phone"] = "" if user.own_phone is None else spell_phone(user.own_phone)
        return self.shown(
            request,
            status=status,
            preferences=forms.get("preferences") or PreferencesForm(initial=values),
            password=forms.get("password") or PasswordForm(),
        )

    def _save(self, user: User, form: PreferencesForm) -> None:
        chosen = {**form.cleaned_data, "language": Language(form.cleaned_data["language"])}
        phone = chosen.pop("own_phone")
        try:
            change_own_phone(user=user, phone=phone)
        except TooManyTries as error:
            form.add_error("own_phone", str(error))
            return
        change_preferences(user=user, **chosen)

    def _change_names(self, request: HttpRequest) -> HttpResponse:
        form = PreferencesForm(request.POST)
        if form.is_valid():
            with errors_at(form):
                self._save(user_of(request), form)
        if form.errors:
            return self._show(request, status=400, preferences=form)
        with override(form.cleaned_data["language"]):
            messages.success(request, _("Saved."))
        return remember_language(redirect("admin:account"), form.cleaned_data["language"])

    def _change_password(self, request: HttpRequest) -> HttpResponse:
        form, user = PasswordForm(request.POST), user_of(request)
        if form.is_valid() and _knows_password(form, user):
            with errors_at(form):
                old, new = form.cleaned_data["old_password"], form.cleaned_data["new_password"]
                user = change_password(user=user, password=new, kept=None, field="new_password", old_password=old)
        if form.errors:
            return self._show(request, status=400, password=form)
        # This session continues. All others, in the console and in the REST API, have ended.
        update_session_auth_hash(request, user)
        messages.success(request, _("The password was changed. All your other sessions have ended."))
        return redirect("admin:account")


def _knows_password(form: PasswordForm, user: User) -> bool:
    """Check the current password, with the limits on attempts.

    An open page must not be enough to take over the account.
    """
    try:
        known = confirm_password(user=user, password=form.cleaned_data["old_password"])
    except TooManyTries as error:
        form.add_error("old_password", _("Too many attempts. Wait %(wait)d seconds.") % {"wait": error.wait})
        return False
    if not known:
        form.add_error("old_password", _("This is not your current password."))
    return known


def key_id_of(request: HttpRequest) -> int:
    """Return the id of the key in the form. It is 0, which no key has, if the form names none."""
    return id_of(request.POST["revoke"]) or 0


class ApiKeysPage(Page):
    """The user's API keys. A new key is shown once."""

    changes = Role.VIEWER  # every user may revoke their own keys
    template = "console/people/api_keys.html"
    heading = _lazy("API keys")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page."""
        return self._show(request, KeyForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Create or revoke a key.

        A new key is only in this response, so there is no redirect.
        """
        if "revoke" in request.POST:
            return self._revoke(request)
        if not may(request.user, Role.OPERATOR):
            raise Refused(_("Your role does not allow this. Ask an administrator."))
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
        messages.success(request, _("The key was revoked."))
        return redirect("admin:api-keys")
