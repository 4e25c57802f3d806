"""The pages of this part."""

from django.views import View

from vestnik.console.home import HomePage

ROUTES: list[tuple[str, type[View], str]] = [
    ("account", HomePage, "account"),
    ("people", HomePage, "people"),
    ("api-keys", HomePage, "api-keys"),
    ("gateway", HomePage, "gateway"),
    ("audit", HomePage, "audit"),
]
