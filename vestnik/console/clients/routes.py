"""The pages of this part."""

from django.views import View

from vestnik.console.home import HomePage

ROUTES: list[tuple[str, type[View], str]] = [
    ("clients", HomePage, "clients"),
    ("stop-list", HomePage, "stop-list"),
]
