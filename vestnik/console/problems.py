"""Error pages that say what happened and what to do."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from vestnik.console.site import site
from vestnik.db.away import RETRY_AFTER, Away
from vestnik.web.errors import headers_of, sentence_of, status_of


def problem_page(request: HttpRequest, error: Exception, *, status: int | None = None) -> HttpResponse:
    """Return the page for ``error``, which is one of ours or Django's 404.

    ``status`` replaces the error's own status.
    """
    status = status or status_of(error) or 400
    sentence = _("Page not found. It may have been deleted.") if status == 404 else sentence_of(error)
    page = _page(request, status, sentence)
    for name, value in headers_of(error).items():
        page[name] = value
    return page


def ledger_away_page(away: Away) -> HttpResponse:
    """Return the page for an unreachable database.

    It has no menu, because the menu needs the database. It reloads itself.
    """
    context = {"sentence": away.for_strangers, "seconds": RETRY_AFTER, "language": get_language() or "en"}
    answer = HttpResponse(render_to_string("console/ledger_away.html", context), status=503)
    answer["Retry-After"] = str(RETRY_AFTER)
    return answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW. The usual reasons are a page that was opened before a login, or disabled cookies."""
    del reason
    return _page(request, 403, _("This form has expired. Go back, reload the page and submit it again."))


def _page(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    context = {**site.frame(request), "title": _("Something went wrong"), "sentence": sentence, "status": status}
    return TemplateResponse(request, "console/problem.html", context, status=status).render()
