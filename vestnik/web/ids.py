"""Ids in paths, queries and forms: an impossible id is refused, whatever its length.

A module that imports this one may write ``<id:pk>`` in a path.
"""

import re

from django.urls import register_converter

#: Ids are PostgreSQL's bigint.
_MAX_ID = 2**63 - 1
_WRITTEN = "[0-9]{1,19}"


def id_of(text: str) -> int | None:
    """The id that is written so; None: it can be nobody's. Python's own ``int`` fails on 5,000 digits."""
    if not re.fullmatch(_WRITTEN, text):
        return None
    number = int(text)
    return number if number <= _MAX_ID else None


class IdConverter:
    """A bigint in a path; a path with any other number leads nowhere, which is a 404."""

    regex = _WRITTEN

    def to_python(self, value: str) -> int:
        """The id.

        Raises:
            ValueError: no row can have it, so the path leads nowhere.
        """
        found = id_of(value)
        if found is None:
            raise ValueError("beyond bigint")
        return found

    def to_url(self, value: int) -> str:
        """The id as it is written in a path."""
        return str(value)


register_converter(IdConverter, "id")
