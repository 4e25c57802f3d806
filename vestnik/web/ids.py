"""Ids in paths, queries and forms. An impossible id is refused, however long it is.

After this module is imported, paths may contain ``<id:pk>``.
"""

import re

from django.urls import register_converter

#: Ids are of PostgreSQL's type bigint.
_MAX_ID = 2**63 - 1
_WRITTEN = "[0-9]{1,19}"


def id_of(text: str) -> int | None:
    """Return the id that ``text`` contains, or None if no row can have it.

    Python's own ``int`` raises on 5,000 digits.
    """
    if not re.fullmatch(_WRITTEN, text):
        return None
    number = int(text)
    return number if number <= _MAX_ID else None


class IdConverter:
    """A bigint in a path. A path with any other number is a 404."""

    regex = _WRITTEN

    def to_python(self, value: str) -> int:
        """Return the id.

        Raises:
            ValueError: No row can have this id, so Django answers 404.
        """
        found = id_of(value)
        if found is None:
            raise ValueError("beyond bigint")
        return found

    def to_url(self, value: int) -> str:
        """Return the id as text."""
        return str(value)


register_converter(IdConverter, "id")
