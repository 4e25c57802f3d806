"""Fetches rows of models by prepared statements, for look-ups that requests repeat."""

from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model

from vestnik.db.prepared import fetch
from vestnik.db.statements import Statements

ModelT = TypeVar("ModelT", bound=Model)
OtherT = TypeVar("OtherT", bound=Model)


def find_row(model: type[ModelT], **wanted: Any) -> ModelT | None:
    """Return the row whose columns have these values, or None. A value None means that the column is null.

    Args:
        model: whose; its fields take what psycopg gives as it is, of JSON the value.
        wanted: columns by name; at most one row may have all of them.
    """
    values = {column: value for column, value in wanted.items() if value is not None}
    rows = fetch(_select(model, tuple(wanted), tuple(values)), values)
    return _made_of(model, rows[0]) if rows else None


def find_pair(
    one: type[ModelT], other: type[OtherT], statements: Statements, name: str, /, **values: Any
) -> tuple[ModelT, OtherT] | None:
    """Return the rows of two models that a join finds, or None.

    Args:
        one: whose table the statement calls ``one``.
        other: whose table it calls ``other``.
        statements: those that have it.
        name: its name; ``{columns}`` stands where those of both belong, and at most one pair may meet it.
        values: by their names.
    """
    rows = statements.run_prepared(name, {"columns": _both_columns(one, other)}, **values)
    if not rows:
        return None
    width = len(_columns(one))
    return _made_of(one, rows[0][:width]), _made_of(other, rows[0][width:])


def _made_of(model: type[ModelT], row: tuple[Any, ...]) -> ModelT:
    return model.from_db(DEFAULT_DB_ALIAS, _columns(model), row)


@cache
def _select(model: type[Model], columns: tuple[str, ...], given: tuple[str, ...]) -> bytes:
    table = model._meta.db_table  # noqa: SLF001 - Django documents it
    where = [f"{column} = %({column})s" if column in given else f"{column} IS NULL" for column in columns]
    return " ".join(("SELECT", ", ".join(_columns(model)), "FROM", table, "WHERE", " AND ".join(where))).encode()


@cache
def _both_columns(one: type[Model], other: type[Model]) -> str:
    return ", ".join([*(f"one.{name}" for name in _columns(one)), *(f"other.{name}" for name in _columns(other))])


@cache
def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001 - Django documents it
