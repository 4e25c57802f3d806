"""Cookies of the console besides the session, such as the language of the login page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from vestnik.accounts.people import choose_language
from vestnik.models import Language, User

#: The path of the console. Its cookies are sent to no other path.
PREFIX = "/console/"
_YEAR = 365 * 24 * 3600
_LANGUAGE = "vestnik_language"


def keep_for_a_year(response: HttpResponse, name: str, value: str) -> None:
    """Set a cookie for a year that only the console receives. Scripts and other sites cannot read it."""
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
    """Remember in this browser the language of the login page."""
    keep_for_a_year(response, _LANGUAGE, language)
    return response


def remembered_language(request: HttpRequest) -> str | None:
    """Return the language that was chosen in this browser, or None."""
    chosen = request.COOKIES.get(_LANGUAGE)
    return chosen if chosen in Language.values else None


def take_over(request: HttpRequest, user: User) -> None:
    """Store the language that was chosen on the login page in the account; at a first login, else the browser's."""
    chosen = remembered_language(request) or (get_language() if _has_no_choice(user) else None)
    if chosen in Language.values and chosen != user.language:
        choose_language(user, Language(chosen))


def _has_no_choice(user: User) -> bool:
    """Return whether nobody has chosen its language: a first login, and no administrator filled in its form."""
    return user.last_login is None and not user.password_is_temporary and user.language == Language.ENGLISH
