"""Requests that the API takes although the schema does not say so: what the fuzzer must not call a mistake."""

from collections.abc import Mapping
from typing import Any

from vestnik.characters import without_blanks, without_invisible

#: `null` is taken for a body that is left out where none is needed: generated clients send it. The schema of a body
#: that may be null would give their functions another type.
_NO_BODY = frozenset(
    ("auth_logout", "auth_user_update", "client_update", "mailing_update", "segment_update", "template_update")
)
#: An operator code is taken as a number, too, which the schema says in words: a field of two types would have none in
#: generated clients.
_CLIENT = frozenset(("client_create", "client_replace", "client_update"))


def is_taken(operation: str, *, query: Mapping[str, Any], body: Any) -> bool:
    """Is it of the kinds that are taken?"""
    if body is None and operation in _NO_BODY:
        return True
    if operation in _CLIENT and isinstance(body, Mapping) and type(body.get("mobile_operator_code")) is int:
        return True
    # Spaces and invisible characters in a phone are ignored, which its pattern cannot say.
    return any(without_blanks(without_invisible(phone)) != phone for phone in _phones(query))


def _phones(query: Mapping[str, Any]) -> list[str]:
    given = query.get("phone_number")
    return [phone for phone in (given if isinstance(given, list) else [given]) if isinstance(phone, str)]
