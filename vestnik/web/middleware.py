"""Middleware for every request: a request id, a size limit, and security headers."""

import logging
import re
import time
from collections.abc import Callable
from uuid import uuid4

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.utils.translation.trans_real import parse_accept_lang_header

from vestnik.metrics.counted import HTTP_REQUESTS, HTTP_SECONDS
from vestnik.phones.display import is_named_by_phone
from vestnik.phones.reader import reading
from vestnik.web.body_limits import FILES, MAX_BYTES
from vestnik.web.errors import plain_problem

Handler = Callable[[HttpRequest], HttpResponse]

_SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
#: The kind of object that a route is about, by the beginning of the route. The first match counts.
_ABOUT = {"client/import": "import", "client/": "client", "client": "client", "sender/notifications": "mailing"}
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_QUIET = frozenset({"/health/live", "/health/ready", "/metrics"})
#: Providers call this route thousands of times a second. Only what is refused is worth a line; metrics count the rest.
ROUTINE = "gateways/<gateway:name>/receipts/<str:secret>"

#: Swagger and ReDoc are served from this host only. Their styles are inline, and ReDoc's search uses a worker made from
#: a blob.
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'"
    " data:; connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"

log = logging.getLogger(__name__)


class RequestIdMiddleware:
    """Gives each request an id for its log lines and its answer, or keeps a valid ``X-Request-ID``.

    Ids appear in logs unmasked, so an id that is a phone number is replaced.
    """

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the id, and write one log line without the query and the body."""
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        sane = _SANE_ID.fullmatch(given) and not is_named_by_phone(given)
        request_id = given if sane else uuid4().hex
        began = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self._get_response(request)
            # The route and not the path, because a client can put anything into a path.
            route = getattr(request.resolver_match, "route", "-").rstrip("/")
            took = time.perf_counter() - began
            _count(request.method, route, response.status_code, took)
            routine = route == ROUTINE and response.status_code < 400
            if not routine and request.path.rstrip("/") not in _QUIET:
                words = "%s /%s %d in %.0f ms"
                extra = _about(route, request, response)
                log.info(words, request.method, route, response.status_code, took * 1000, extra=extra)
        response["X-Request-ID"] = request_id
        return response


def _about(route: str, request: HttpRequest, response: HttpResponse) -> dict[str, int]:
    """Return the id of the mailing or client that the request used or created."""
    name = next((name for prefix, name in _ABOUT.items() if route.startswith(prefix)), None)
    found = getattr(request.resolver_match, "kwargs", {}).get("pk")
    if found is None and request.method == "POST" and response.status_code in {201, 202}:
        data = getattr(response, "data", None)
        found = data.get("id") if isinstance(data, dict) else None
    return {name: found} if name is not None and isinstance(found, int) else {}


def _count(method: str | None, route: str, status: int, seconds: float) -> None:
    shown = method if method in _METHODS else "other"
    HTTP_REQUESTS.labels(shown, f"/{route}", str(status)).inc()
    HTTP_SECONDS.labels(f"/{route}").observe(seconds)


class LanguageMiddleware:
    """Selects English or Russian errors by ``Accept-Language``. Unlike Django's own middleware, it ignores cookies."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in that language, and name it in a header."""
        language = _language(request.headers.get("Accept-Language", ""))
        with override(language):
            response = self._get_response(request)
        response.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language",))
        return response


def _language(accepted: str) -> str:
    for wanted, _weight in parse_accept_lang_header(accepted.lower()):
        if wanted.split("-")[0] in ("en", "ru"):
            return str(wanted.split("-")[0])
    return "en"


class ReaderMiddleware:
    """Keeps how the reader of an answer sees phones to this one answer. Authentication says how that is."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and forget the reader."""
        with reading():
            return self._get_response(request)


class BodyLimitMiddleware:
    """Refuses bodies that are too large or have no length, before they are read."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer 413 or 400, or continue."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit()) or len(length) > 18:
            return plain_problem(_("Content-Length is not a number."), "bad_request", 400)
        most = FILES.get(request.path_info.rstrip("/"), MAX_BYTES)
        if int(length) > most:
            return plain_problem(
                _("The body may have at most %(most)s bytes.") % {"most": f"{most:,}"}, "too_large", 413
            )
        if int(length) == 0 and request.META.get("HTTP_TRANSFER_ENCODING"):
            # Without a length, the body would be read as empty, and a PATCH would change nothing and answer 200.
            return plain_problem(_("Set Content-Length to the length of the body."), "length_required", 400)
        return self._get_response(request)


class ForwardedProtoMiddleware:
    """Reports a proxy that terminates HTTPS but does not say so.

    Otherwise every request would look like plain HTTP, and be redirected to HTTPS for ever.
    """

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response
        self._exempt = [re.compile(pattern) for pattern in settings.SECURE_REDIRECT_EXEMPT]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer 400 with a message, or continue."""
        silent = settings.SECURE_SSL_REDIRECT and "HTTP_X_FORWARDED_PROTO" not in request.META
        if silent and not any(pattern.search(request.path.lstrip("/")) for pattern in self._exempt):
            sentence = _(
                "The proxy does not say whether it was asked by HTTPS: have it set X-Forwarded-Proto to https, or set"
                " NUM_PROXIES=0 if there is no proxy."
            )
            return plain_problem(sentence, "no_forwarded_proto", 400)
        return self._get_response(request)


class SafetyHeadersMiddleware:
    """Adds a content security policy to answers without one. Django's own middleware adds the other headers."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the policy for a page or for data."""
        response = self._get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html")
        response.setdefault("Content-Security-Policy", _PAGE_POLICY if is_page else _DATA_POLICY)
        response.setdefault("Cache-Control", "no-store")
        return response
