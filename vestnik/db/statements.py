"""Statements in ``.sql`` files, which stand beside the code that runs them: read, filled and run in one way.

A file is a template of :meth:`str.format`: ``{name}`` is a fragment by its name, ``{name:expression}`` a fragment that
is made of an expression (:class:`Macro`), ``{file:name}`` another file of the package, filled in the same way. A brace
of SQL is doubled, and so is a percent sign: values are written as psycopg does, ``%(name)s``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, TypeAlias

import psycopg
from psycopg.rows import TupleRow

from vestnik.db.connection import Connection, HasCursor
from vestnik.db.prepared import fetch

#: Different texts that are kept of one package: its files, and some hundred filters that somebody composed.
_KEPT = 1024


class Macro:
    """A fragment that is made of an expression: ``{name:expression}`` in a file is ``make(expression)``."""

    def __init__(self, make: Callable[[str], str]) -> None:
        self._make = make

    def __format__(self, expression: str) -> str:
        return self._make(expression)


Fragment: TypeAlias = str | Macro


class Statements:
    """The statements of a package: the files in its folder ``sql``. ``name`` is that of a file, without its ending.

    Fragments are SQL of ours, never input; more may be given than a file names. All methods raise FileNotFoundError
    when there is no such file, and KeyError when it names a fragment that is not given.

    Args:
        package: whose.
        fragments: what its files may name in braces; a call may give further ones.
    """

    def __init__(self, package: str, /, **fragments: Fragment) -> None:
        self._package = package
        self._fragments = fragments
        # As bytes: psycopg finds what it has read of a statement by them, and they keep their hash.
        self._statement = lru_cache(maxsize=_KEPT)(self._filled)

    def text(self, name: str, /, **fragments: Fragment) -> str:
        """A file with its fragments in place, for a statement that it becomes a part of."""
        return self._statement(name, **fragments).decode()

    def run(
        self, connection: HasCursor, name: str, fragments: Mapping[str, Fragment] | None = None, /, **values: Any
    ) -> list[TupleRow]:
        """Run a statement and return its rows (none if it gives none)."""
        with connection.cursor() as cursor:
            cursor.execute(self._statement(name, **(fragments or {})), values)
            # A result without rows has no row number. Its description says so as well, but psycopg makes it anew.
            rows: list[TupleRow] = [] if cursor.rownumber is None else cursor.fetchall()
            return rows

    def change(
        self, connection: HasCursor, name: str, fragments: Mapping[str, Fragment] | None = None, /, **values: Any
    ) -> int:
        """Run a statement that gives no rows back, and return how many it changed."""
        with connection.cursor() as cursor:
            cursor.execute(self._statement(name, **(fragments or {})), values)
            return int(cursor.rowcount)

    def run_prepared(
        self, name: str, fragments: Mapping[str, Fragment] | None = None, /, **values: Any
    ) -> list[TupleRow]:
        """Run a statement that requests repeat, on Django's connection: PostgreSQL plans it once for each connection.

        For look-ups by a key; values come as :func:`vestnik.db.prepared.fetch` says.
        """
        return fetch(self._statement(name, **(fragments or {})), values)

    def run_repeated(self, connection: Connection, name: str, /, **values: Any) -> list[TupleRow]:
        """Run a statement that a session repeats: PostgreSQL reads it once, and soon plans it once for all values.

        Only where :func:`vestnik.db.connection.keep_statements` was called, and for statements whose plan is the same
        for all values: rows by their keys, and no partitions.
        """
        with connection.cursor() as cursor:
            cursor.execute(self._statement(name), values, prepare=True)
            rows: list[TupleRow] = [] if cursor.rownumber is None else cursor.fetchall()
            return rows

    def run_binary(self, connection: Connection, name: str, /, **values: Any) -> list[TupleRow]:
        """Run a statement whose rows hold many bytes: they come as they are, not as twice as many hex digits."""
        with connection.cursor(binary=True) as cursor:
            return cursor.execute(self._statement(name), values).fetchall()

    def run_in_pieces(self, connection: Connection, name: str, size: int, /, **values: Any) -> Iterator[list[TupleRow]]:
        """Run a statement and give its rows, ``size`` at a time; the server keeps the rest. In a transaction only."""
        with connection.cursor(name) as cursor:
            cursor.execute(self._statement(name), values)
            while rows := cursor.fetchmany(size):
                yield rows

    @contextmanager
    def copy(
        self,
        connection: HasCursor,
        name: str,
        fragments: Mapping[str, Fragment] | None = None,
        values: Mapping[str, Any] | Sequence[Any] = (),
        /,
    ) -> Iterator[psycopg.Copy]:
        """Begin a ``COPY``, for the time of a ``with``; the connection is free afterwards.

        ``values``: by name, or in their order, as Django gives those of its own queries.
        """
        with connection.cursor() as cursor:
            # Django's cursor has psycopg's inside.
            inner = getattr(cursor, "cursor", cursor)
            with inner.copy(self._statement(name, **(fragments or {})), values) as copy:
                yield copy

    def _filled(self, name: str, /, **fragments: Fragment) -> bytes:
        given: dict[str, Fragment] = {**self._fragments, **fragments}
        given["file"] = Macro(lambda other: _template(self._package, other).format_map(given))
        return f"{given['file']:{name}}".encode()


@cache
def _template(package: str, name: str) -> str:
    return (files(package) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
