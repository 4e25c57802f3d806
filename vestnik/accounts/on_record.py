"""Writes a new row and its audit entry in one statement: one round trip to the ledger instead of five."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Field, Model
from django.utils import timezone
from psycopg.types.json import Jsonb

from vestnik.accounts.audit import check_vocabulary, name_of, tell_once_it_stands
from vestnik.db.statements import Statements
from vestnik.models import User

SQL = Statements("vestnik.accounts")


class _Insert(NamedTuple):
    """The fragments of a statement, the fields whose values it takes, and those that the ledger fills in."""

    fragments: dict[str, str]
    given: "list[Field[Any, Any]]"
    filled: "list[Field[Any, Any]]"


def create_on_record(
    row: Model,
    *,
    actor: User | None,
    action: str,
    details: Mapping[str, Any],
    unique: str = "",
    beyond_defaults: tuple[str, ...] = (),
) -> bool:
    """Write a new row and its entry of the audit log, both or neither. The row gets what the ledger fills in.

    Args:
        row: of a model whose name is one of the audit's kinds of things.
        actor: the account, or None for the system.
        action: one of the audit's actions.
        details: what a reader needs beside it, as JSON; no text of a message, no whole phone number.
        beyond_defaults: columns with a default in the ledger that are written all the same.
        unique: the column in which another row may have the same value already.

    Returns:
        False: another row has, and nothing was written.

    Raises:
        ValueError: the action, the kind of thing or the name of a detail is not in the audit's vocabulary.
        django.db.IntegrityError: the ledger refuses the row for another reason.
    """
    insert = _insert(type(row), unique, beyond_defaults)
    kind = str(row._meta.model_name)  # noqa: SLF001 - the documented Model._meta API
    check_vocabulary(action, kind, details)
    given = {
        f"row_{field.column}": field.get_db_prep_save(field.pre_save(row, add=True), connection)
        for field in insert.given
    }
    rows = SQL.run_prepared(
        "create_on_record", insert.fragments, **given,
        at=timezone.now(), actor=actor and actor.pk, actor_name=name_of(actor), action=action, kind=kind,
        details=Jsonb(dict(details)),
    )  # fmt: skip
    if not rows:
        return False
    for field, value in zip(insert.filled, rows[0], strict=True):
        setattr(row, field.attname, value)
    # Model.save() does the same. Django documents both attributes, and custom loading that sets them:
    # https://docs.djangoproject.com/en/5.2/ref/models/instances/#state and #customizing-model-loading
    row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001
    tell_once_it_stands(action, kind, row.pk)
    return True


@cache
def _insert(model: type[Model], unique: str, beyond_defaults: tuple[str, ...]) -> _Insert:
    fields = model._meta.concrete_fields  # noqa: SLF001 - the documented Model._meta API
    filled = [
        field
        for field in fields
        if field.primary_key or (field.has_db_default() and field.column not in beyond_defaults)
    ]
    given = [field for field in fields if field not in filled]
    fragments = {
        "table": model._meta.db_table,  # noqa: SLF001 - the documented Model._meta API
        "columns": ", ".join(str(field.column) for field in given),
        "values": ", ".join(f"%(row_{field.column})s" for field in given),
        "conflict": f"ON CONFLICT ({unique}) DO NOTHING" if unique else "",
        "returned": ", ".join(str(field.column) for field in filled),
    }
    return _Insert(fragments, given, filled)
