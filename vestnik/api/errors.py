"""The shape of errors: ``{"field": ["…"]}`` for fields, ``{"detail": "…", "code": "…"}`` for the rest.

Statuses, messages and headers are in :mod:`vestnik.web.errors`, which the console uses, too.
"""

import logging
import sys
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, JsonResponse, UnreadablePostError
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

from vestnik.db.away import RETRY_AFTER, Away, why_away
from vestnik.errors import InvalidInput, VestnikError
from vestnik.web.errors import headers_of, plain_problem, problem_body, sentence_of, status_of

log = logging.getLogger(__name__)


def answer(error: Exception, _context: Mapping[str, Any]) -> Response | None:
    """Return the answer to an error, or None for a bug.

    A bug is logged with its traceback, and answered with a plain 500.

    This is the EXCEPTION_HANDLER of Django REST framework.
    """
    if isinstance(error, InvalidInput):
        return Response({name: list(texts) for name, texts in error.fields.items()}, status=400)
    if isinstance(error, VestnikError):
        return _answer_ours(error)
    if isinstance(error, exceptions.APIException):
        return _answer_framework(error)
    away = why_away(error)
    if away is not None:
        headers = {"Retry-After": str(RETRY_AFTER)}
        return Response(problem_body(_told_away(away, error), "ledger_unavailable"), status=503, headers=headers)
    return _answer_django(error)


def _told_away(away: Away, error: BaseException) -> str:
    """Log the error, and return a message for the caller without internal details."""
    log.error("the ledger %s: %s", away.words, type(error.__cause__ or error).__name__)
    return away.for_strangers


def _answer_ours(error: VestnikError) -> Response | None:
    status = status_of(error)
    if status is None:
        return None
    headers = headers_of(error)
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    return Response(problem_body(sentence_of(error), error.code), status=status, headers=headers)


def _answer_framework(error: exceptions.APIException) -> Response:
    headers: dict[str, str] = {}
    if auth := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    return Response(_body_of(error), status=error.status_code, headers=headers)


def _body_of(error: exceptions.APIException) -> Any:
    detail: Any = error.detail
    if isinstance(error, exceptions.ValidationError):
        return detail if isinstance(detail, dict) else {"non_field_errors": detail}
    if isinstance(detail, dict):  # simplejwt's errors have more keys than should be shown
        return problem_body(str(detail.get("detail", "")), str(detail.get("code", error.default_code)))
    return problem_body(str(detail), str(getattr(detail, "code", error.default_code)))


def _answer_django(error: Exception) -> Response | None:
    if isinstance(error, Http404):
        return Response(problem_body(_("There is nothing here."), "not_found"), status=404)
    if isinstance(error, PermissionDenied):
        return Response(problem_body(_("This is not allowed."), "permission_denied"), status=403)
    if isinstance(error, RequestDataTooBig):
        return Response(problem_body(_("The body is too large."), "too_large"), status=413)
    if isinstance(error, SuspiciousOperation | UnreadablePostError):
        return Response(problem_body(_("The request cannot be read."), "bad_request"), status=400)
    return None


def bad_request(_request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """Django's handler400, for example for a host that is not in ALLOWED_HOSTS."""
    del exception
    return plain_problem(_("The request cannot be read, or names a host that is not served."), "bad_request", 400)


def forbidden(_request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """Django's handler403."""
    del exception
    return plain_problem(_("This is not allowed."), "permission_denied", 403)


def not_found(_request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """Django's handler404: there is no such path."""
    del exception
    return plain_problem(_("There is nothing here."), "not_found", 404)


def server_error(_request: HttpRequest) -> JsonResponse:
    """Django's handler500.

    The cause is a bug, which the log has under the request's id, or an unreachable database outside a view.
    """
    error = sys.exc_info()[1]
    away = why_away(error)
    if away is not None and error is not None:
        answer = plain_problem(_told_away(away, error), "ledger_unavailable", 503)
        answer["Retry-After"] = str(RETRY_AFTER)
        return answer
    return plain_problem(_("Internal error. Search the log for the request ID."), "error", 500)
