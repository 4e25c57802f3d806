"""The base of every console page: its frame, the role that it needs, and errors at form fields."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views import View

from vestnik.accounts.phone_access import refuse_masked
from vestnik.console.roles import may
from vestnik.console.site import site
from vestnik.errors import InvalidInput, Refused, StateForbids
from vestnik.models import Role, User

_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Page(View):
    """A page. ``sees`` is the role that may read it, and ``changes`` the role that may post to it.

    ``template`` extends ``console/page.html``. ``heading`` is the title of the page and of the browser's tab.
    """

    sees: ClassVar[Role] = Role.VIEWER
    changes: ClassVar[Role] = Role.OPERATOR
    template: ClassVar[str] = ""
    heading: ClassVar[Any] = ""
    #: Whether it has whole phone numbers, as files have: then it is not for users who see them masked.
    whole_phones: ClassVar[bool] = False
    #: Whether users who must change their password first may see the page.
    before_new_password: ClassVar[bool] = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Check the role, then handle the request.

        Raises:
            Refused: The account's role does not allow it, or it sees phones masked and the page has whole ones.
        """
        if isinstance(request.user, User) and request.user.password_is_temporary and not self.before_new_password:
            return redirect("admin:account")
        if not may(request.user, self.sees if request.method in _READS else self.changes):
            raise Refused(_("Your role does not allow this. Ask an administrator."))
        if self.whole_phones:
            refuse_masked()
        return super().dispatch(request, *args, **kwargs)

    def shown(self, request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
        """Render the page. ``title`` in the context replaces ``heading``."""
        return self.shown_as(request, self.template, status=status, **context)

    def shown_as(self, request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
        """Render the page with another template."""
        frame = {**site.frame(request), "title": self.heading, "may_change": may(request.user, self.changes)}
        return TemplateResponse(request, template, {**frame, **context}, status=status)

    def fragment(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        """Render a part of a page that htmx puts in its place."""
        context.setdefault("may_change", may(request.user, self.changes))
        return TemplateResponse(request, template, context)


@contextmanager
def errors_at(form: forms.Form) -> Iterator[None]:
    """Add the errors that a service raises to the fields of ``form``, or above them if there is no such field."""
    try:
        yield
    except InvalidInput as error:
        for name, texts in error.fields.items():
            for text in texts:
                form.add_error(name if name in form.fields else None, str(text))


@contextmanager
def said_above(request: HttpRequest) -> Iterator[None]:
    """Show above the next page why an action failed because of a state or an input."""
    try:
        yield
    except StateForbids as error:
        messages.error(request, str(error))
    except InvalidInput as error:
        messages.error(request, " ".join(str(text) for texts in error.fields.values() for text in texts))
