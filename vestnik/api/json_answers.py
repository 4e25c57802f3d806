"""JSON, the only format of answers. It is chosen without content negotiation, and written by orjson.

The bytes are the same as those of Django REST framework, which a test checks.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

#: The ``Accept`` headers of nearly all requests. Libraries send the first one by default.
_PLAIN = frozenset({"*/*", "application/json"})
#: Line ends of JavaScript, which the framework escapes.
_LINE_ENDS = (("\u2028".encode(), b"\\u2028"), ("\u2029".encode(), b"\\u2029"))


class PlainNegotiation(DefaultContentNegotiation):
    """Chooses the renderer quickly. The framework would parse and sort ``Accept`` for each request."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> Any:
        """Return the renderer for ``Accept`` and its media type.

        Raises:
            NotAcceptable: No renderer fits.
        """
        first = next(iter(renderers))
        if first.media_type == "application/json" and request.META.get("HTTP_ACCEPT", "*/*") in _PLAIN:
            return first, first.media_type
        return super().select_renderer(request, renderers, format_suffix)


class QuickJSONRenderer(JSONRenderer):
    """Renders what serializers return: texts, numbers, lists and dictionaries."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """Return the bytes of the answer."""
        # A media type with parameters may ask for an indent.
        if data is None or ";" in (accepted_media_type or ""):
            return super().render(data, accepted_media_type, renderer_context)
        try:
            text = orjson.dumps(data, option=orjson.OPT_PASSTHROUGH_DATETIME)
        except orjson.JSONEncodeError:  # for example a time, which the framework can write
            return super().render(data, accepted_media_type, renderer_context)
        for end, escaped in _LINE_ENDS:
            text = text.replace(end, escaped)
        return text
