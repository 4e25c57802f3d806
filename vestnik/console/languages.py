"""The language that a browser chose: on the login page, or by the account that was last changed there."""

from django.http import HttpRequest, HttpResponse

from vestnik.console.cookies import keep_for_a_year
from vestnik.models import Language, User

_COOKIE = "vestnik_language"


def remember_language(response: HttpResponse, language: str) -> HttpResponse:
    """Have this browser show the login page in that language from now on."""
    keep_for_a_year(response, _COOKIE, language)
    return response


def remembered_language(request: HttpRequest) -> str | None:
    """The language this browser chose, if it did."""
    chosen = request.COOKIES.get(_COOKIE)
    return chosen if chosen in Language.values else None


def take_over(request: HttpRequest, user: User) -> None:
    """Who chose a language on the login page goes on in it after the login."""
    chosen = remembered_language(request)
    if chosen is not None and chosen != user.language:
        user.language = Language(chosen)
        user.save(update_fields=["language"])
