"""Errors as pages: what happened, and what to do."""

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from vestnik.console.site import site
from vestnik.errors import Busy, EditedMeanwhile, InvalidInput, NotFound, Refused, StateForbids, TooManyTries

_STATUS: dict[type[Exception], int] = {
    Http404: 404,
    NotFound: 404,
    Refused: 403,
    StateForbids: 409,
    EditedMeanwhile: 412,
    InvalidInput: 400,
    TooManyTries: 429,
    Busy: 503,
}
#: Seconds after which the same is worth another try.
_RETRY_AFTER = 5


def problem_page(request: HttpRequest, error: Exception, *, status: int | None = None) -> HttpResponse:
    """The page for ``error``, which is one of ours or Django's 404. ``status``: another one than the error has."""
    status = status or next((number for kind, number in _STATUS.items() if isinstance(error, kind)), 400)
    sentence = _("There is no such page, or what it showed was deleted.") if status == 404 else str(error)
    page = _page(request, status, sentence)
    if status == 503:
        page["Retry-After"] = str(_RETRY_AFTER)
    return page


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW: mostly a page that stood open over a login, or cookies that are off."""
    del reason
    return _page(request, 403, _("This form is not fresh any more: go back, load the page anew and send it again."))


def _page(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    context = {**site.frame(request), "title": _("That did not work"), "sentence": sentence, "status": status}
    return TemplateResponse(request, "console/problem.html", context, status=status).render()
