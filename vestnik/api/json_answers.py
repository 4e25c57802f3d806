"""Answers in JSON, the only format: chosen without content negotiation, and written by orjson.

They are the same bytes that Django REST framework would write, which a test checks.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

#: What nearly all requests say; libraries send the first by default.
_PLAIN = frozenset({"*/*", "application/json"})
#: Line ends in JavaScript, which the framework escapes.
_LINE_ENDS = (("\u2028".encode(), b"\\u2028"), ("\u2029".encode(), b"\\u2029"))


class PlainNegotiation(DefaultContentNegotiation):
    """The framework parses and sorts what is accepted for each request."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> Any:
        """The renderer that fits ``Accept``, and its type.

        Raises:
            NotAcceptable: none fits.
        """
        first = next(iter(renderers))
        if first.media_type == "application/json" and request.META.get("HTTP_ACCEPT", "*/*") in _PLAIN:
            return first, first.media_type
        return super().select_renderer(request, renderers, format_suffix)


class QuickJSONRenderer(JSONRenderer):
    """JSON of what serializers give: texts, numbers, lists and dictionaries."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """The bytes of the answer."""
        # With parameters the type may ask for an indent.
        if data is None or ";" in (accepted_media_type or ""):
            return super().render(data, accepted_media_type, renderer_context)
        try:
            text = orjson.dumps(data, option=orjson.OPT_PASSTHROUGH_DATETIME)
        except orjson.JSONEncodeError:  # e.g. a time, which the framework has words of its own for
            return super().render(data, accepted_media_type, renderer_context)
        for end, escaped in _LINE_ENDS:
            text = text.replace(end, escaped)
        return text
