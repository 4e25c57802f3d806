"""The table of errors for REST and the console: the status, the message and the headers of each.

The core raises :mod:`vestnik.errors` and does not know HTTP. :mod:`vestnik.api.errors` renders JSON from this table,
and :mod:`vestnik.console.problems` a page.
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
    WrongKey,
)

#: The status of each class of error that a request can raise.
STATUS_OF_ERROR: dict[type[Exception], int] = {
    InvalidInput: 400,
    LoginEnded: 401,
    Refused: 403,
    NotFound: 404,
    Http404: 404,
    StateForbids: 409,
    WrongKey: 409,
    EditedMeanwhile: 412,
    KeyReused: 422,
    TooManyTries: 429,
    Busy: 503,
}


def status_of(error: Exception) -> int | None:
    """Return the status for ``error``, or None if it is a bug."""
    return next((status for kind, status in STATUS_OF_ERROR.items() if isinstance(error, kind)), None)


def sentence_of(error: Exception) -> str:
    """Return the message for the caller, in the language of the request."""
    if isinstance(error, TooManyTries):
        return _("Too many tries: wait %(wait)d seconds.") % {"wait": error.wait}
    return str(error)


def headers_of(error: Exception) -> dict[str, str]:
    """Return a ``Retry-After`` header if trying again helps."""
    if isinstance(error, TooManyTries):
        return {"Retry-After": str(error.wait)}
    return {"Retry-After": str(RETRY_AFTER)} if isinstance(error, Busy) else {}


def problem_body(detail: str, code: str) -> dict[str, str]:
    """Return the body of an error of the REST API."""
    return {"detail": detail, "code": code}


def plain_problem(detail: str, code: str, status: int) -> JsonResponse:
    """Return an error of the same shape outside the views of the REST framework."""
    return JsonResponse(problem_body(detail, code), status=status, json_dumps_params={"ensure_ascii": False})
