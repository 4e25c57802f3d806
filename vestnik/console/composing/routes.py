"""The pages of this part."""

from django.views import View

ROUTES: list[tuple[str, type[View], str]] = []
