"""The table of errors for REST and the console: the status, the sentence and the headers of each.

The core raises :mod:`vestnik.errors` and knows no HTTP. :mod:`vestnik.api.errors` makes JSON of what is here,
:mod:`vestnik.console.problems` a page.
"""

from django.http import Http404, JsonResponse
from django.utils.translation import gettext as _

from vestnik.db.away import RETRY_AFTER
from vestnik.errors import (
    Busy,
    EditedMeanwhile,
    InvalidInput,
    KeyReused,
    LoginEnded,
    NotFound,
    Refused,
    StateForbids,
    TooManyTries,
)

#: The status of each branch of the error tree that a request can meet.
STATUS_OF_ERROR: dict[type[Exception], int] = {
    InvalidInput: 400,
    LoginEnded: 401,
    Refused: 403,
    NotFound: 404,
    Http404: 404,
    StateForbids: 409,
    EditedMeanwhile: 412,
    KeyReused: 422,
    TooManyTries: 429,
    Busy: 503,
}


def status_of(error: Exception) -> int | None:
    """The status that answers ``error``; None: no request should have met it."""
    return next((status for kind, status in STATUS_OF_ERROR.items() if isinstance(error, kind)), None)


def sentence_of(error: Exception) -> str:
    """The sentence for the caller, in the language of the request."""
    if isinstance(error, TooManyTries):
        return _("Too many tries: wait %(wait)d seconds.") % {"wait": error.wait}
    return str(error)


def headers_of(error: Exception) -> dict[str, str]:
    """When to try again, where a retry helps."""
    if isinstance(error, TooManyTries):
        return {"Retry-After": str(error.wait)}
    return {"Retry-After": str(RETRY_AFTER)} if isinstance(error, Busy) else {}


def problem_body(detail: str, code: str) -> dict[str, str]:
    """The body of an answer of the REST API to what went wrong."""
    return {"detail": detail, "code": code}


def plain_problem(detail: str, code: str, status: int) -> JsonResponse:
    """The same shape where no view of the REST framework is involved."""
    return JsonResponse(problem_body(detail, code), status=status, json_dumps_params={"ensure_ascii": False})
