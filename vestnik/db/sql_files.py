"""Reads and fills the ``.sql`` files, which stand beside the code that runs them.

A file is a template of :meth:`str.format`: ``{name}`` is a fragment by its name, ``{name:expression}`` a fragment that
is made of an expression (:class:`Macro`). A brace that belongs to SQL is doubled.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from importlib.resources import files
from typing import TypeAlias

#: Different texts kept: all files of ours with all their fragments, and some hundred filters that somebody composed.
_KEPT = 1024


class Macro:
    """A fragment that is made of an expression: ``{name:expression}`` in a file is ``make(expression)``."""

    def __init__(self, make: Callable[[str], str]) -> None:
        self._make = make

    def __format__(self, expression: str) -> str:
        return self._make(expression)


Fragment: TypeAlias = str | Macro


@lru_cache(maxsize=_KEPT)
def sql(package: str, name: str, **fragments: Fragment) -> str:
    """The text of ``<package>/sql/<name>.sql`` with its fragments in place; read and filled once.

    Args:
        package: whose file.
        name: without its ending.
        fragments: SQL of ours by its name in the file, never input. More may be given than the file names.

    Raises:
        FileNotFoundError: there is no such file.
        KeyError: the file names a fragment that is not given.
    """
    return _template(package, name).format_map(fragments)


@cache
def _template(package: str, name: str) -> str:
    return (files(package) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
