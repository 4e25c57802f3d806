"""Cookies of the console besides the session, such as the language of the login page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from vestnik.models import Language, User

#: Where the console is: its cookies go to no other page.
PREFIX = "/console/"
_YEAR = 365 * 24 * 3600
_LANGUAGE = "vestnik_language"


def keep_for_a_year(response: HttpResponse, name: str, value: str) -> None:
    """Have the browser keep a value and send it to the console alone; no script and no other site reads it."""
    response.set_cookie(
        name,
        value,
        max_age=_YEAR,
        path=PREFIX,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def remember_language(response: HttpResponse, language: str) -> HttpResponse:
    """Have this browser show the login page in that language from now on."""
    keep_for_a_year(response, _LANGUAGE, language)
    return response


def remembered_language(request: HttpRequest) -> str | None:
    """The language this browser chose, if it did."""
    chosen = request.COOKIES.get(_LANGUAGE)
    return chosen if chosen in Language.values else None


def take_over(request: HttpRequest, user: User) -> None:
    """A language chosen on the login page stays after the login."""
    chosen = remembered_language(request)
    if chosen is not None and chosen != user.language:
        user.language = Language(chosen)
        user.save(update_fields=["language"])
