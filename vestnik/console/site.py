"""The admin site of the console: its login, and the frame around all pages.

The pages are in :mod:`vestnik.console.urls`.
"""

from typing import Any

from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.translation import gettext as _
from unfold.sites import UnfoldAdminSite

from vestnik.console.cookies import remember_language
from vestnik.console.login import remember_device
from vestnik.models import Language, User


class ConsoleSite(UnfoldAdminSite):  # type: ignore[misc]  # Unfold has no types
    """Django's admin site with our own pages. It has no model pages, because they would bypass the services."""

    site_url = None
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Allow every active account. Each page checks the role itself."""
        return isinstance(request.user, User) and request.user.is_active

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the login page. ``?language=ru`` switches it to Russian, and the browser remembers that."""
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

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """End the login and redirect to the login page, in the language that the console had."""
        del extra_context
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        language = translation.get_language() or Language.ENGLISH
        auth.logout(request)
        messages.success(request, _("You are logged out."))
        return remember_language(redirect("admin:login"), language)

    def frame(self, request: HttpRequest) -> dict[str, Any]:
        """Return the values that the frame around a page needs."""
        request.current_app = self.name
        return dict(self.each_context(request))


site = ConsoleSite()
