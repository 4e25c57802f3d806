"""Where providers post receipts and inbound texts. A plain Django view: there may be thousands of calls a second."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import parse_qsl

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls import ResolverMatch, path
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.csrf import csrf_exempt

import vestnik.web.names  # noqa: F401 - `<gateway:name>` in a path
from vestnik.api.errors import bad_request, server_error
from vestnik.db.away import why_away
from vestnik.errors import InvalidInput, NotFound, TooManyTries, WrongKey
from vestnik.gateways.adapter import BadCallback, Callback, ForgedCallback
from vestnik.receipts.callbacks import take_callback
from vestnik.web.errors import headers_of, plain_problem, sentence_of
from vestnik.web.middleware import (
    ROUTINE,
    BodyLimitMiddleware,
    ForwardedProtoMiddleware,
    Handler,
    SafetyHeadersMiddleware,
)

log = logging.getLogger(__name__)
_FORM = "application/x-www-form-urlencoded"
#: Fields of a form, at most.
_MAX_FIELDS = 10_000


class CallbackView(View):
    """``/gateways/{name}/receipts/{secret}``: the address is the login, and the provider's signature comes on top."""

    http_method_names = ("get", "post")

    def get(self, request: HttpRequest, name: str, secret: str) -> HttpResponse:
        """Some providers call with a query only."""
        return self._answer_anything(request, name, secret)

    def post(self, request: HttpRequest, name: str, secret: str) -> HttpResponse:
        """Keep what the body says; the answer comes once it is committed."""
        return self._answer_anything(request, name, secret)

    def http_method_not_allowed(self, *_args: Any, **_kwargs: Any) -> HttpResponseNotAllowed:
        """Answer 405. Unlike Django's own, it does not log the path, which holds the secret."""
        return HttpResponseNotAllowed([name.upper() for name in self.http_method_names])

    def _answer_anything(self, request: HttpRequest, name: str, secret: str) -> HttpResponse:
        """Answer also what cannot be read and what fails. Django would log the path, which holds the secret."""
        try:
            return self._answer(request, name, secret)
        except (MultiPartParserError, SuspiciousOperation, UnreadablePostError):
            return bad_request(request)
        except Exception as error:
            if why_away(error) is None:
                log.exception("a bug in %s /%s", request.method, ROUTINE)
            return server_error(request)

    def _answer(self, request: HttpRequest, name: str, secret: str) -> HttpResponse:
        try:
            received = take_callback(name, secret, _callback(request))
        except NotFound:
            return plain_problem(_("Not found."), "not_found", 404)
        except TooManyTries as error:
            answer = plain_problem(sentence_of(error), "throttled", 429)
            for header, value in headers_of(error).items():
                answer[header] = value
            return answer
        except ForgedCallback:
            return plain_problem(_("The signature is not right."), "forged", 403)
        except BadCallback as error:
            return plain_problem(str(error), "invalid", 400)
        except (InvalidInput, WrongKey) as error:
            # Ours to mend: the provider tries again later.
            log.error("the gateway %s cannot take receipts: %s", name, error)  # noqa: TRY400 - no bug
            return plain_problem(_("Try again later."), "unavailable", 503)
        return HttpResponse(received.reply, content_type=received.reply_type)


#: In both slash forms. A route without a schema: each provider has a form of its own.
ROUTES = [path(route, csrf_exempt(CallbackView.as_view())) for route in (ROUTINE, f"{ROUTINE}/")]
_MARK = "/receipts/"


class CallbackMiddleware:
    """Answers callbacks itself, with the headers and limits of every answer, and without what is for people.

    Languages, sessions, forms, static files and some seventy routes take half of the time of a call with one receipt.
    """

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response
        chain: Any = convert_exception_to_response(_routed)
        for middleware in _OF_CALLBACKS:
            chain = middleware(chain)
        self._answer: Handler = chain

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or continue with all other middleware."""
        if _MARK in request.path_info:
            for route in ROUTES:
                request.resolver_match = route.resolve(request.path_info[1:])
                if request.resolver_match is not None:
                    return self._answer(request)
        return self._get_response(request)


#: From the innermost to the outermost.
_OF_CALLBACKS: tuple[Callable[[Any], Any], ...] = (
    BodyLimitMiddleware, XFrameOptionsMiddleware, SecurityMiddleware, ForwardedProtoMiddleware, SafetyHeadersMiddleware,
)  # fmt: skip


def _routed(request: HttpRequest) -> HttpResponse:
    match = cast("ResolverMatch", request.resolver_match)
    answer: HttpResponse = match.func(request, **match.kwargs)
    answer["Content-Length"] = str(len(answer.content))
    return answer


def _callback(request: HttpRequest) -> Callback:
    body = request.body
    return Callback(
        method=request.method or "",
        # The address that it was told to call, whatever a proxy in front of us makes of it: signatures are over it.
        url=settings.ENVIRONMENT.public_url + request.get_full_path(),
        headers=_headers(request.META),
        query=_pairs(request.META.get("QUERY_STRING", "")),
        form=_form(request, body),
        body=body,
        address=_address(request.META),
        now=time.time(),
    )


def _headers(meta: Mapping[str, Any]) -> dict[str, str]:
    """Headers by their names in lower case, as WSGI (PEP 3333) gives them."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in meta.items() if name.startswith("HTTP_")}
    return headers | {"content-type": meta.get("CONTENT_TYPE", ""), "content-length": meta.get("CONTENT_LENGTH", "")}


def _address(meta: Mapping[str, Any]) -> str:
    """Who called: as rest_framework.throttling finds it, without making all headers nice first."""
    proxies, through = settings.ENVIRONMENT.num_proxies, meta.get("HTTP_X_FORWARDED_FOR")
    if not proxies or through is None:
        return str(meta.get("REMOTE_ADDR", ""))
    addresses = through.split(",")
    return str(addresses[-min(proxies, len(addresses))]).strip()


def _form(request: HttpRequest, body: bytes) -> list[tuple[str, str]]:
    if request.content_type == _FORM:
        return _pairs(body.decode("utf-8", errors="replace"))
    if request.content_type == "multipart/form-data":
        return [(name, str(value)) for name, values in request.POST.lists() for value in values]
    return []


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise BadCallback("more fields than any callback has") from error
