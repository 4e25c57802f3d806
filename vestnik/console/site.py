"""The site of the console: the login, and the frame around all pages. :mod:`vestnik.console.urls` has its pages."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import translation
from unfold.sites import UnfoldAdminSite

from vestnik.console.cookies import remember_language
from vestnik.console.login import remember_device
from vestnik.models import Language, User


class ConsoleSite(UnfoldAdminSite):  # type: ignore[misc]  # Unfold has no types
    """Django's admin site with our own pages and no model pages: those would go around the services."""

    site_url = None
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Every active account gets in; what it may do there is asked by each page."""
        return isinstance(request.user, User) and request.user.is_active

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The login page; ``?language=ru`` shows it in Russian, and the browser remembers."""
        asked = request.GET.get("language", "")
        if asked not in Language.values:
            answer: HttpResponse = super().login(request, extra_context)
            return (
                remember_device(request, answer) if request.method == "POST" and answer.status_code == 302 else answer
            )
        with translation.override(asked):
            answer = super().login(request, extra_context)
            if isinstance(answer, TemplateResponse):
                answer.render()
        return remember_language(answer, asked)

    def frame(self, request: HttpRequest) -> dict[str, Any]:
        """What the frame around a page needs."""
        request.current_app = self.name
        return dict(self.each_context(request))


site = ConsoleSite()
