"""Rows of models by prepared statements: for look-ups that requests repeat."""

from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model

from vestnik.ledger.prepared import fetch

ModelT = TypeVar("ModelT", bound=Model)


def find_row(model: type[ModelT], where: str, *values: Any) -> ModelT | None:
    """The row that meets a condition, if there is one.

    Args:
        model: whose; its fields read what psycopg gives as it is, of JSON the value.
        where: SQL with ``%s`` for each of ``values``; at most one row may meet it.
        values: as psycopg takes them.
    """
    rows = fetch(_select(model, where), values)
    return made_of(model, rows[0]) if rows else None


def made_of(model: type[ModelT], row: tuple[Any, ...]) -> ModelT:
    """An instance from the values of :func:`columns`, as :func:`vestnik.ledger.prepared.fetch` gives them."""
    return model.from_db(DEFAULT_DB_ALIAS, _columns(model), row)


def columns(model: type[Model], *, prefix: str = "") -> list[str]:
    """The columns of a model, in the order in which :func:`made_of` takes them, for a statement."""
    return [f"{prefix}{name}" for name in _columns(model)]


@cache
def _select(model: type[Model], where: str) -> str:
    table = model._meta.db_table  # noqa: SLF001 - Django documents it
    return " ".join(("SELECT", ", ".join(columns(model)), "FROM", table, "WHERE", where))


@cache
def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001 - Django documents it
