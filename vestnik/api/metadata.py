"""The answer to OPTIONS."""

from typing import TYPE_CHECKING, Any

from rest_framework.metadata import BaseMetadata
from rest_framework.request import Request

if TYPE_CHECKING:
    from rest_framework.views import APIView


class MethodsMetadata(BaseMetadata):
    """Lists the methods of the path, as ``Allow`` does. Everything else is in the schema."""

    def determine_metadata(self, request: Request, view: "APIView") -> dict[str, Any]:
        """Return ``{"methods": ["GET", …]}``."""
        del request
        return {"methods": list(view.allowed_methods)}
