"""The pages that show the schema. They load nothing from other hosts."""

from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from vestnik.api import schema  # noqa: F401 - registers the security scheme
from vestnik.api.quick_start import quick_start
from vestnik.models import Language

_REDOC_BUNDLE = "drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js"
#: ReDoc would load its author's logo from there.
_REDOC_LOGO = "https://cdn.redoc.ly/redoc/logo-mini.svg"
_EMPTY_IMAGE = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"


class _FormatSettings:
    URL_FORMAT_OVERRIDE = "format"


class _ByFormat(DefaultContentNegotiation):
    """Accepts ``?format=json`` for the schema."""

    settings: Any = _FormatSettings


class _ErrorsInJson(APIView):
    """Renders errors as JSON, whatever the format of the answer."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Render an error as JSON."""
        if getattr(response, "exception", False):
            request.accepted_renderer, request.accepted_media_type = JSONRenderer(), "application/json"
        return super().finalize_response(request, response, *args, **kwargs)


class _Page(_ErrorsInJson):
    """A page that is sent for every ``Accept`` header."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Return the only renderer."""
        del request, force
        renderer = self.get_renderers()[0]
        return renderer, renderer.media_type


class SchemaView(_ErrorsInJson, SpectacularAPIView):
    """The schema as YAML or JSON."""

    authentication_classes = ()
    permission_classes = ()
    content_negotiation_class = _ByFormat


class SwaggerView(_Page, SpectacularSwaggerSplitView):
    """Swagger UI without other hosts and without inline scripts, below a quick start."""

    authentication_classes = ()
    permission_classes = ()
    template_name = "vestnik/swagger.html"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """Return the page, in the language of ``?language=`` or of the browser, or its script with ``?script``."""
        answer = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]  # drf-spectacular has none
        if request.query_params.get("script") is None:
            asked = request.query_params.get("language")
            answer.data |= {
                "steps": quick_start(url=request.build_absolute_uri("/").rstrip("/"), now=timezone.now()),
                "language": asked if asked in Language.values else get_language() or Language.ENGLISH.value,
                "languages": Language.choices,
            }
        return answer


class RedocView(_Page, SpectacularRedocView):
    """ReDoc without other hosts."""

    authentication_classes = ()
    permission_classes = ()
    template_name = "vestnik/redoc.html"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """Return the page, or its script with ``?script``."""
        if request.query_params.get("script") is None:
            return super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]  # drf-spectacular has none
        return HttpResponse(
            _redoc_script(), content_type="application/javascript", headers={"Cache-Control": "public, max-age=86400"}
        )

    @staticmethod
    def _redoc_standalone() -> str:
        return "?script="


@cache
def _redoc_script() -> bytes:
    """Return ReDoc's bundle with an empty image instead of the logo from another host."""
    bundle = Path(str(finders.find(_REDOC_BUNDLE))).read_text(encoding="utf-8")
    return bundle.replace(_REDOC_LOGO, _EMPTY_IMAGE).encode()
