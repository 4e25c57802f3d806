"""What requests to the console pass: the person's language and time zone, a content policy, errors as pages."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation

from vestnik.console.languages import PREFIX, remembered_language
from vestnik.console.problems import problem_page
from vestnik.errors import VestnikError
from vestnik.models import User

Handler = Callable[[HttpRequest], HttpResponse]

#: Alpine evaluates what stands in attributes, hence eval; styles are inline; nothing comes from another host.
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class ConsoleMiddleware:
    """Does nothing outside of the console."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the person's language and time zone."""
        if not request.path_info.startswith(PREFIX):
            return self._get_response(request)
        language, zone = _chosen(request)
        with translation.override(language), timezone.override(zone):
            response = self._get_response(request)
        response["Content-Language"] = language
        response.setdefault("Content-Security-Policy", _POLICY)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Show an error of ours, and a page that is not there, as a page that says what to do."""
        if request.path_info.startswith(PREFIX) and isinstance(error, VestnikError | Http404):
            return problem_page(request, error)
        return None


def _chosen(request: HttpRequest) -> tuple[str, ZoneInfo]:
    """The language and zone of the account; before the login the cookie's or the browser's language."""
    if isinstance(request.user, User):
        return request.user.language, ZoneInfo(request.user.timezone or settings.TIME_ZONE)
    language = remembered_language(request) or translation.get_language()
    return language or "en", ZoneInfo(settings.TIME_ZONE)
