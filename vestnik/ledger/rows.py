"""Rows of models by prepared statements: for look-ups that requests repeat."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.db import connection
from django.db.models import Model

from vestnik.ledger.prepared import fetch

ModelT = TypeVar("ModelT", bound=Model)


class _Columns(NamedTuple):
    """What a row is made of, and by position the readers of fields that do not take values as psycopg gives them."""

    names: list[str]
    readers: dict[int, Callable[..., Any]]


def find_row(model: type[ModelT], where: str, *values: Any) -> ModelT | None:
    """The row that meets a condition, if there is one.

    Args:
        model: whose.
        where: SQL with ``%s`` for each of ``values``; at most one row may meet it.
        values: as psycopg takes them.
    """
    rows = fetch(_select(model, where), values)
    return made_of(model, rows[0]) if rows else None


def made_of(model: type[ModelT], row: tuple[Any, ...]) -> ModelT:
    """An instance from the values of :func:`columns`, as psycopg read them."""
    columns = _columns(model)
    values = list(row)
    for position, read in columns.readers.items():
        values[position] = read(values[position], None, connection)
    return model.from_db(connection.alias, columns.names, values)


def columns(model: type[Model], *, prefix: str = "") -> list[str]:
    """The columns of a model, in the order in which :func:`made_of` takes them, for a statement."""
    return [f"{prefix}{name}" for name in _columns(model).names]


@cache
def _select(model: type[Model], where: str) -> str:
    table = model._meta.db_table  # noqa: SLF001 - Django documents it
    return " ".join(("SELECT", ", ".join(columns(model)), "FROM", table, "WHERE", where))


@cache
def _columns(model: type[Model]) -> _Columns:
    fields = model._meta.concrete_fields  # noqa: SLF001 - Django documents it
    readers = {n: read for n, field in enumerate(fields) if (read := getattr(field, "from_db_value", None))}
    return _Columns([field.attname for field in fields], readers)
