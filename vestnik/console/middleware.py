"""Middleware of the console: language and time zone, content security policy, and error pages."""

from collections.abc import Awaitable, Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from vestnik.accounts.phone_access import sees_phones
from vestnik.console.cookies import PREFIX, remembered_language
from vestnik.console.problems import problem_page
from vestnik.console.roles import may
from vestnik.errors import Refused, VestnikError
from vestnik.models import Role, User
from vestnik.phones.reader import reading

Handler = Callable[[HttpRequest], HttpResponse]

#: The maximum size in bytes of a form from any user.
MAX_BYTES = 2**20
#: Alpine evaluates code in attributes, so it needs unsafe-eval. Styles are inline. Nothing is loaded from other hosts.
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class _ConsoleOnly(MiddlewareMixin):
    """Limits a middleware to the console, so that the REST API does not pay for it."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Run the middleware only for paths of the console."""
        if request.path_info.startswith(PREFIX):
            return super().__call__(request)
        return self.get_response(request)


class ConsoleSessionMiddleware(_ConsoleOnly, SessionMiddleware):
    """Sessions with the console's cookie."""


class ConsoleAuthenticationMiddleware(_ConsoleOnly, AuthenticationMiddleware):
    """The user of the session."""


class ConsoleMessageMiddleware(_ConsoleOnly, MessageMiddleware):
    """Messages for the next page of the session."""


class ConsoleMiddleware:
    """Sets the language, the time zone, the content policy, and whether phones are masked. Only for the console."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the user's language and time zone."""
        if not request.path_info.startswith(PREFIX):
            return self._get_response(request)
        language, zone = _chosen(request)
        with translation.override(language), timezone.override(zone), reading(masked=_sees_masked(request)):
            response = _unreadable(request) or _refused(request) or self._get_response(request)
        response["Content-Language"] = language
        response.setdefault("Content-Security-Policy", _POLICY)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Show our own errors and missing pages as a page that says what to do."""
        if request.path_info.startswith(PREFIX) and isinstance(error, VestnikError | Http404):
            return problem_page(request, error)
        return None


def _unreadable(request: HttpRequest) -> HttpResponse | None:
    """Return an error page if the query has a NUL character.

    PostgreSQL cannot store one, so no page has to check for it.
    """
    if any("\x00" in text for name, texts in request.GET.lists() for text in (name, *texts)):
        return problem_page(request, Refused(_("Null characters are not allowed.")), status=400)
    return None


def _refused(request: HttpRequest) -> HttpResponse | None:
    """Return an error page for a large body from a user who may not import files.

    Otherwise Django's CSRF check would read the whole body first.
    """
    if int(request.META.get("CONTENT_LENGTH") or 0) <= MAX_BYTES or may(request.user, Role.OPERATOR):
        return None
    sentence = _("Your role does not allow this. Ask an administrator.")
    return problem_page(request, Refused(sentence))


def _sees_masked(request: HttpRequest) -> bool:
    """Return whether the account sees phones masked. Nobody who has not logged in sees any."""
    return isinstance(request.user, User) and not sees_phones(Role(request.user.role))


def _chosen(request: HttpRequest) -> tuple[str, ZoneInfo]:
    """Return the language and time zone of the account.

    Before the login, the language comes from the cookie or the browser.
    """
    if isinstance(request.user, User):
        return request.user.language, ZoneInfo(request.user.timezone or settings.TIME_ZONE)
    language = remembered_language(request) or translation.get_language()
    return language or "en", ZoneInfo(settings.TIME_ZONE)
