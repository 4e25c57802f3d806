"""The accounts of all people, and their rights."""

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.accounts.audit_log import decisions_about
from vestnik.accounts.keys import find_keys, revoke_key
from vestnik.accounts.people import (
    change_person,
    find_people,
    get_person,
    lock_person,
    reset_password,
    rights_seen,
)
from vestnik.accounts.registration import create_account
from vestnik.console.conflicts import is_overtaken
from vestnik.console.pages import Page, errors_at
from vestnik.console.paging import back_to, from_here, same_list
from vestnik.console.people.account import key_id_of
from vestnik.console.people.forms import NewPersonForm, PersonForm, ResetForm
from vestnik.console.roles import user_of
from vestnik.models import Language, Role, User

#: With more accounts than this, the page has a search by name.
MAX_SHOWN = 200


class PeoplePage(Page):
    """The list of accounts, and a form for a new one."""

    sees = changes = Role.ADMINISTRATOR
    template = "console/people/people.html"
    heading = _lazy("Users")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page."""
        return self._show(request, _fresh_form(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Create an account."""
        form = NewPersonForm(request.POST)
        if form.is_valid():
            with errors_at(form):
                actor, typed = user_of(request), form.cleaned_data
                language = Language(typed["language"] or actor.language)
                chosen = {**typed, "role": Role(typed["role"]), "language": language}
                made = create_account(**chosen, actor=actor, is_temporary=True)
        if form.errors:
            return self._show(request, form, status=400)
        return self._show(request, _fresh_form(request), given=given_password(form, made))

    def _show(self, request: HttpRequest, form: NewPersonForm, *, status: int = 200, **new: object) -> HttpResponse:
        name = request.GET.get("name", "").strip()
        people = list(find_people(name=name)[: MAX_SHOWN + 1])
        return self.shown(
            request,
            status=status,
            form=form,
            people=people[:MAX_SHOWN],
            more=len(people) > MAX_SHOWN,
            name=name,
            from_here=from_here(request),
            **new,
        )


def _fresh_form(request: HttpRequest) -> NewPersonForm:
    """Return the form with the administrator's language."""
    return NewPersonForm(initial={"language": user_of(request).language})


def given_password(form: NewPersonForm | ResetForm, user: User) -> dict[str, str]:
    """Return what the administrator sends to a person: name, password and address.

    The password is stored nowhere and is only in the response that has this, so there must be no redirect.
    """
    password = form.cleaned_data["password"]
    return {"username": user.username, "password": password, "address": settings.ENVIRONMENT.public_url}


def _initial(user: User) -> dict[str, object]:
    """Return what the form of an account begins with."""
    return {"email": user.email, "role": user.role, "is_active": user.is_active, "seen": rights_seen(user)}


class PersonPage(Page):
    """One account."""

    sees = changes = Role.ADMINISTRATOR
    template = "console/people/person.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the page."""
        return self._show(request, get_person(user_id=pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change the account or its password."""
        user = get_person(user_id=pk)
        if "revoke" in request.POST:
            return self._revoke(request, user)
        return self._reset(request, user) if "password" in request.POST else self._edit(request, user)

    def _show(
        self, request: HttpRequest, user: User, *, status: int = 200, given: object = None, **forms: object
    ) -> HttpResponse:
        return self.shown(
            request,
            status=status,
            title=user.username,
            person=user,
            back=back_to(request, "people"),
            is_self=user.id == user_of(request).id,
            form=forms.get("form") or PersonForm(initial=_initial(user)),
            reset=forms.get("reset") or ResetForm(),
            given=given,
            keys=find_keys(owner=user).order_by("-id")[:MAX_SHOWN],
            decisions=decisions_about("account", user.id)[:20],
        )

    def _edit(self, request: HttpRequest, user: User) -> HttpResponse:
        form = PersonForm(request.POST)
        if form.is_valid():
            with errors_at(form), transaction.atomic():
                now = lock_person(user_id=user.id)
                if not is_overtaken(form, rights_seen(now), kind="account", number=now.id, values=_initial(now)):
                    chosen = {name: form.cleaned_data[name] for name in ("email", "is_active")}
                    role = Role(form.cleaned_data["role"])
                    change_person(user_id=now.id, actor=user_of(request), role=role, **chosen)
        if form.errors:
            return self._show(request, user, status=400, form=form)
        messages.success(request, _("Saved."))
        return redirect(back_to(request, "people"))

    def _revoke(self, request: HttpRequest, user: User) -> HttpResponse:
        revoke_key(actor=user_of(request), key_id=key_id_of(request))
        messages.success(request, _("The key was revoked."))
        return redirect(reverse("admin:person", args=[user.id]) + same_list(request))

    def _reset(self, request: HttpRequest, user: User) -> HttpResponse:
        form = ResetForm(request.POST)
        if form.is_valid():
            with errors_at(form):
                reset_password(user_id=user.id, actor=user_of(request), password=form.cleaned_data["password"])
        if form.errors:
            return self._show(request, user, status=400, reset=form)
        return self._show(request, user, given=given_password(form, user))
