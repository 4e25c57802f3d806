"""Allows browsers to call the REST API from pages of the origins in ``CORS_ALLOWED_ORIGINS``.

If the setting is empty, nothing of this runs, and browsers allow only the same origin. Cookies are never used: a caller
needs a token. The console can never be called this way.
"""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

Handler = Callable[[HttpRequest], HttpResponse]

_METHODS = "GET, POST, PUT, PATCH, DELETE"
_HEADERS = "Authorization, Content-Type, Accept-Language, If-Match, If-None-Match, Idempotency-Key, X-Request-ID"
_EXPOSED = "Link, X-Total-Count, ETag, Location, Idempotency-Replayed, Retry-After, Content-Disposition, X-Request-ID"
#: Seconds for which a browser may remember the answer to a preflight.
_MAX_AGE = "600"
_NEVER = ("/console", "/admin")


class CorsMiddleware:
    """Answers preflights of allowed origins, and marks the answers that they may read."""

    def __init__(self, get_response: Handler) -> None:
        self._origins = frozenset(settings.ENVIRONMENT.cors_allowed_origins)
        if not self._origins:
            raise MiddlewareNotUsed
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, and name the origin if it is allowed."""
        if request.path_info.startswith(_NEVER):
            return self._get_response(request)
        origin = request.headers.get("Origin", "")
        allowed = origin in self._origins
        if allowed and request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response = HttpResponse(status=204)
            response["Access-Control-Allow-Methods"] = _METHODS
            response["Access-Control-Allow-Headers"] = _HEADERS
            response["Access-Control-Max-Age"] = _MAX_AGE
        else:
            response = self._get_response(request)
        if allowed:
            response["Access-Control-Allow-Origin"] = origin
            response["Access-Control-Expose-Headers"] = _EXPOSED
        patch_vary_headers(response, ("Origin",))
        return response
