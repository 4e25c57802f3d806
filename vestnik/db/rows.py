"""Fetches rows of models by prepared statements, for look-ups that requests repeat."""

from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model

from vestnik.db.prepared import fetch
from vestnik.db.sql_files import sql

ModelT = TypeVar("ModelT", bound=Model)
OtherT = TypeVar("OtherT", bound=Model)


def find_row(model: type[ModelT], where: str, *values: Any) -> ModelT | None:
    """The row that meets a condition, if there is one.

    Args:
        model: whose; its fields take what psycopg gives as it is, of JSON the value.
        where: SQL with ``%s`` for each of ``values``; at most one row may meet it.
        values: as psycopg takes them.
    """
    rows = fetch(_select(model, where), values)
    return _made_of(model, rows[0]) if rows else None


def find_pair(
    one: type[ModelT], other: type[OtherT], package: str, name: str, *values: Any
) -> tuple[ModelT, OtherT] | None:
    """The rows of two models that a join finds, if there are any.

    Args:
        one: whose table the statement calls ``one``.
        other: whose table it calls ``other``.
        package: of whose file it stands in.
        name: of the file, with ``{columns}`` where those of both belong; at most one pair may meet it.
        values: as psycopg takes them.
    """
    rows = fetch(_select_both(one, other, package, name), values)
    if not rows:
        return None
    width = len(_columns(one))
    return _made_of(one, rows[0][:width]), _made_of(other, rows[0][width:])


def _made_of(model: type[ModelT], row: tuple[Any, ...]) -> ModelT:
    return model.from_db(DEFAULT_DB_ALIAS, _columns(model), row)


@cache
def _select(model: type[Model], where: str) -> str:
    table = model._meta.db_table  # noqa: SLF001 - Django documents it
    return " ".join(("SELECT", ", ".join(_columns(model)), "FROM", table, "WHERE", where))


@cache
def _select_both(one: type[Model], other: type[Model], package: str, name: str) -> str:
    names = [f"one.{name}" for name in _columns(one)] + [f"other.{name}" for name in _columns(other)]
    return sql(package, name, columns=", ".join(names))


@cache
def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001 - Django documents it
