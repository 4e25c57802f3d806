"""What the console keeps in a browser beside the session."""

from django.conf import settings
from django.http import HttpResponse

#: Where the console is: its cookies go to no other page.
PREFIX = "/console/"
_YEAR = 365 * 24 * 3600


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
