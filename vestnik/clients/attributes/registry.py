"""The names of attributes with their types, which all clients share."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.clients.attributes.counts import clients_by_attribute, ensure_counted, has_clients
from vestnik.clients.attributes.names import MAX_ATTRIBUTES, MAX_NAMES, RESERVED, is_name
from vestnik.clients.attributes.sentences import sentence_of
from vestnik.clients.attributes.values import NoValue, Value, checked_value, type_of
from vestnik.db.statements import Statements
from vestnik.errors import InvalidInput, NotFound, StateForbids
from vestnik.models import Attribute, AttributeType, User

SQL = Statements("vestnik.clients.attributes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A name with its type, and how many clients have a value of it."""

    name: str
    type: AttributeType
    clients: int


def known_types() -> dict[str, AttributeType]:
    """The type of each name that there is, in the order of the names."""
    found = Attribute.objects.order_by("name").values_list("name", "type")
    return {name: AttributeType(kind) for name, kind in found}


def known_attributes() -> list[Known]:
    """The names with their types and their clients, in order. Reads no client, once all were counted."""
    types = known_types()
    counts = clients_by_attribute() if types else {}
    return [Known(name=name, type=kind, clients=counts.get(name, 0)) for name, kind in types.items()]


def checked_attributes(
    given: Mapping[str, object], *, new_types: Mapping[str, AttributeType] | None = None
) -> dict[str, Value | None]:
    """Values of JSON as they are kept, in the caller's transaction; None: to be removed. New names are kept for all.

    Until the transaction ends nobody changes the type of these names.

    Args:
        given: by name; null and an empty text are None.
        new_types: of names that are new; else the first value decides.

    Raises:
        InvalidInput: of each name or value that is wrong, as ``attributes.<name>``.
    """
    wrong = {name: problem for name in given if (problem := name_problem(name)) is not None}
    if wrong:
        raise _wrong(wrong)
    values = {name: value for name, value in given.items() if value is not None and value != ""}
    types = locked_types({name: (new_types or {}).get(name) or type_of(value) for name, value in values.items()})
    found: dict[str, Value | None] = dict.fromkeys(given)
    for name, value in values.items():
        try:
            found[name] = checked_value(value, types[name])
        except NoValue as none:
            wrong[name] = sentence_of(none.fault)
    if wrong:
        raise _wrong(wrong)
    return found


def name_problem(name: str) -> str | None:
    """Why no attribute may have this name, in the reader's language; None: it may."""
    if name in RESERVED:
        return _("This name is taken: clients, texts or files have it already.")
    if not is_name(name):
        return _("A name has 1 to 40 lower-case Latin letters, digits and _, and begins with a letter.")
    return None


def merged(before: Mapping[str, Value] | None, changes: Mapping[str, Value | None]) -> dict[str, Value] | None:
    """Attributes after some changed; None: there are none.

    Raises:
        InvalidInput: they are too many, as ``attributes``.
    """
    after = {name: value for name, value in {**(before or {}), **changes}.items() if value is not None}
    if len(after) > MAX_ATTRIBUTES:
        raise InvalidInput({"attributes": [_("A client has at most %(most)d attributes.") % {"most": MAX_ATTRIBUTES}]})
    return dict(sorted(after.items())) or None


def locked_types(wanted: Mapping[str, AttributeType]) -> dict[str, AttributeType]:
    """The types of these names, which stay until the transaction of the caller ends. New names get the type wanted.

    Raises:
        InvalidInput: there are too many names in the directory, as ``attributes``.
    """
    names = sorted(wanted)
    if not names:
        return {}
    found = _lock(names)
    new = [name for name in names if name not in found]
    if new:
        if Attribute.objects.count() + len(new) > MAX_NAMES:
            raise InvalidInput({"attributes": [_("There are at most %(most)d names.") % {"most": MAX_NAMES}]})
        Attribute.objects.bulk_create([Attribute(name=name, type=wanted[name]) for name in new], ignore_conflicts=True)
        found = _lock(names)
    return found


def set_type(*, name: str, kind: AttributeType, actor: User | None) -> Known:
    """Give a name its type, before a client has a value of it; a name that is new is added.

    Raises:
        InvalidInput: no attribute may have this name, as ``name``; or there are too many, as ``attributes``.
        StateForbids: clients have values of another type.
    """
    problem = name_problem(name)
    if problem is not None:
        raise InvalidInput({"name": [problem]})
    with transaction.atomic():
        before = Attribute.objects.select_for_update().filter(name=name).first()
        if before is None:
            if locked_types({name: kind})[name] != kind:
                raise StateForbids(_("Somebody else has just added this attribute with another type."))
        elif before.type != kind:
            _refuse_used(name)
            Attribute.objects.filter(name=name).update(type=kind)
        if before is None or before.type != kind:
            _note("set", name, actor, {"kind": kind.value, "created": before is None})
        return Known(name=name, type=kind, clients=clients_by_attribute().get(name, 0))


def remove_name(*, name: str, actor: User | None) -> None:
    """Forget a name that no client has a value of.

    Raises:
        NotFound: there is no such name.
        StateForbids: clients have values of it.
    """
    # What was counted of a name before all clients were would stay, and be wrong for the next one of that name.
    ensure_counted()
    with transaction.atomic():
        if Attribute.objects.select_for_update().filter(name=name).first() is None:
            raise NotFound(_("There is no attribute with this name."))
        _refuse_used(name)
        Attribute.objects.filter(name=name).delete()
        _note("remove", name, actor, {})


def _wrong(problems: Mapping[str, str]) -> InvalidInput:
    return InvalidInput({f"attributes.{name}": [problem] for name, problem in problems.items()})


def _lock(names: Collection[str]) -> dict[str, AttributeType]:
    rows = SQL.run(connection, "lock_attributes", names=list(names))
    return {name: AttributeType(kind) for name, kind in rows}


def _refuse_used(name: str) -> None:
    """Refuse if clients have an attribute. That none has it is read from the clients, whatever was counted."""
    clients = clients_by_attribute().get(name, 0) or int(has_clients(name))
    if clients:
        told = _("Clients that have this attribute: %(count)d. Remove it from them first.")
        raise StateForbids(told % {"count": clients})


def _note(action: str, name: str, actor: User | None, details: dict[str, object]) -> None:
    told = {"name": name, **details}
    record(actor=actor, action=f"attribute.{action}", object_type="attribute", object_id=None, details=told)
