"""Reads bodies and writes answers with serializers that are created once for each thread and language.

Django REST framework copies every field for each serializer, which took more time than the fields themselves. Reuse is
safe because a thread serves one request at a time. Validators keep translated messages, so each language has its own
serializers.
"""

import threading
from collections.abc import Iterable
from typing import Any

from django.utils.translation import get_language
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.serializers import Serializer
from rest_framework.settings import api_settings

_made = threading.local()


def read_body(kind: type[Serializer[Any]], data: Any, *, partial: bool = False) -> dict[str, Any]:
    """Return the validated values of a body.

    Args:
        kind: A serializer without a state of its own and without a context.
        data: The JSON. None counts as no body if no field is required.
        partial: Whether fields may be missing.

    Raises:
        rest_framework.exceptions.ValidationError: A field is not valid.
    """
    serializer, _ = _made_once(kind, partial=partial)
    body = body_of(serializer, data)
    if body is None:
        raise ValidationError({api_settings.NON_FIELD_ERRORS_KEY: [ErrorDetail("No data provided", code="null")]})
    # Not is_valid(), which stores the body and its result in the serializer, where the next request would find them.
    said: dict[str, Any] = serializer.run_validation(body)
    return said


def body_of(serializer: Serializer[Any], data: Any) -> Any:
    """Return the body, with ``null`` as an empty body if no field is required.

    Clients generated for Go, Rust and Java send ``null`` for a body that is left out.
    """
    if data is not None:
        return data
    is_needed = not serializer.partial and any(field.required for field in serializer.fields.values())
    return None if is_needed else {}


def json_of(kind: type[Serializer[Any]], row: Any) -> dict[str, Any]:
    """Return ``row`` as JSON."""
    serializer, _ = _made_once(kind, partial=False)
    return serializer.to_representation(row)


def shown_as(kind: type[Serializer[Any]], rows: Iterable[Any], **context: Any) -> list[dict[str, Any]]:
    """Return ``rows`` as JSON in the shape of ``kind``, whose methods can read ``context``."""
    serializer, its_context = _made_once(kind, partial=False)
    its_context.clear()
    its_context.update(context)
    return [serializer.to_representation(row) for row in rows]


def _made_once(kind: type[Serializer[Any]], *, partial: bool) -> tuple[Serializer[Any], dict[str, Any]]:
    """Return a serializer and its context."""
    made: dict[Any, tuple[Serializer[Any], dict[str, Any]]] = vars(_made)
    key = (kind, partial, get_language())
    if key not in made:
        context: dict[str, Any] = {}
        made[key] = kind(partial=partial, context=context), context
    return made[key]
