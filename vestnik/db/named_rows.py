"""Rows that people keep under a name: changed column by column, with a version, each name once."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model

from vestnik.errors import InvalidInput


def set_columns(row: Any, columns: Mapping[str, Any]) -> list[str]:
    """Give a row the values that it does not have, and the next ``version`` if there are any. Return their names."""
    changed = [name for name, value in columns.items() if value != getattr(row, name)]
    for name in changed:
        setattr(row, name, columns[name])
    row.version += bool(changed)
    return changed


def save_named(row: Model, changed: list[str] | None = None, *, unique: str, taken: str) -> None:
    """Insert a row, or update what changed of it.

    Args:
        row: which.
        changed: the columns that changed, of a row with a version; None: the row is new.
        unique: the name of the constraint that allows each name once.
        taken: what is said of a name that another row has.

    Raises:
        InvalidInput: ``name``: it is taken.
    """
    columns = None if changed is None else [*changed, "version"]
    try:
        with transaction.atomic():
            row.save(force_insert=columns is None, update_fields=columns)
    except IntegrityError as error:
        if unique not in str(error):
            raise
        raise InvalidInput({"name": [taken]}) from error
