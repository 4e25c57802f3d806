"""The directory of clients: one row a phone number."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from django.db import IntegrityError, transaction
from django.db.models import BigIntegerField, ExpressionWrapper, F, QuerySet
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.accounts.on_record import create_on_record
from vestnik.characters import clean_text
from vestnik.clients.attributes.registry import checked_attributes, merged
from vestnik.clients.attributes.values import Value
from vestnik.db.connection import Connection
from vestnik.db.pages import ModelT
from vestnik.db.rows import find_row
from vestnik.db.statements import Statements
from vestnik.errors import InvalidInput, NotFound
from vestnik.ledger.recalls import CLIENT_DELETED, Recalled, lock_stop_list, recall
from vestnik.models import LAST_DIGITS, AttributeType, Client, User
from vestnik.phones.display import mask_phone
from vestnik.phones.number import operator_code_of
from vestnik.phones.search import phone_range

SQL = Statements("vestnik.clients")
_COLUMNS = ("phone_number", "mobile_operator_code", "tag", "timezone")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFields:
    """The fields of a client. ``operator_code`` None: the digits 2 to 4 of the phone.

    ``attributes``: by name, as JSON has them, null for one that goes; None: nothing is said of them.
    ``keeps_others``: attributes that are not named stay; else they go. ``new_types``: of names that are new; else the
    first value decides.
    """

    phone: int
    operator_code: int | None
    tag: str
    timezone: str
    attributes: Mapping[str, object] | None = None
    keeps_others: bool = False
    new_types: Mapping[str, AttributeType] = field(default_factory=dict)


def create_client(*, fields: ClientFields, actor: User | None) -> Client:
    """Add a client.

    Raises:
        InvalidInput: the phone number is taken, or an attribute is wrong (``attributes.<name>``).
    """
    if fields.attributes:
        with transaction.atomic():
            return _create(fields, merged(None, _checked(fields)), actor)
    return _create(fields, None, actor)


def update_client(*, client: Client, fields: ClientFields, actor: User | None) -> Client:
    """Replace all fields of a client. Existing messages keep their phone.

    Raises:
        InvalidInput: the phone number is another client's, or an attribute is wrong (``attributes.<name>``).
    """
    before = {name: getattr(client, name) for name in _COLUMNS}
    had = client.attributes or {}
    with transaction.atomic():
        if fields.attributes is not None:
            kept = had if fields.keeps_others else None
            client.attributes = merged(kept, _checked(fields))
        _save(client, fields)
        changed = [name for name in _COLUMNS if getattr(client, name) != before[name]]
        changed += _changed_attributes(had, client.attributes or {})
        if changed:
            _note("update", client, actor, {"changed": changed})
    return client


def delete_client(*, client: Client, actor: User | None) -> Recalled:
    """Remove a client from the directory and recall its phone's queued messages; they stay in the totals.

    Half a second after the return no message to that phone is handed over.
    """
    with transaction.atomic():
        lock_stop_list()
        Client.objects.filter(id=client.id).delete()
        recalled = recall(phones=[client.phone_number], why=CLIENT_DELETED)
        _note("delete", client, actor, {"recalled": recalled._asdict()})
    return recalled


def analyze_clients(connection: Connection) -> None:
    """Update the planner's statistics of the directory, after many clients were added."""
    SQL.run(connection, "analyze_clients")


def get_client(*, client_id: int) -> Client:
    """The client with this id.

    Raises:
        NotFound: there is none.
    """
    client = find_row(Client, id=client_id)
    if client is None:
        raise NotFound(_("There is no client with this id."))
    return client


def lock_client(*, client_id: int) -> Client:
    """The client with this id, locked until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    client = Client.objects.select_for_update().filter(id=client_id).first()
    if client is None:
        raise NotFound(_("There is no client with this id."))
    return client


def fingerprint(client: Client) -> str:
    """A fingerprint that changes with every visible field, so that two people who edit a client notice each other."""
    columns = [client.id, client.phone_number, client.mobile_operator_code, client.tag, client.timezone]
    shown = json.dumps([*columns, *([client.attributes] if client.attributes else [])], sort_keys=True)
    return hashlib.sha256(shown.encode()).hexdigest()[:32]


def find_clients(
    *,
    tag: str | None = None,
    operator_code: int | None = None,
    timezone: str | None = None,
    phone_prefix: str = "",
    last_digits: str = "",
) -> QuerySet[Client]:
    """The clients that match all that is given, each filter answered from an index.

    Args:
        tag: this tag, cleaned.
        operator_code: exactly this code.
        timezone: exactly this IANA zone.
        phone_prefix: the first digits of the phone number, at most eleven.
        last_digits: two to ten of its last digits.
    """
    clients = Client.objects.all()
    if tag is not None:
        clients = clients.filter(tag=clean_text(tag))
    if operator_code is not None:
        clients = clients.filter(mobile_operator_code=operator_code)
    if timezone is not None:
        clients = clients.filter(timezone=timezone)
    if phone_prefix:
        clients = clients.filter(phone_number__range=phone_range(phone_prefix))
    return ending_with(clients, last_digits) if last_digits else clients


def ending_with(rows: QuerySet[ModelT], digits: str, *, phone: str = "phone_number") -> QuerySet[ModelT]:
    """Those whose phone ends with two to ten digits, from an index of the last four. ``phone``: its column."""
    missing = max(0, LAST_DIGITS - len(digits))
    known = int(digits[-LAST_DIGITS:])
    endings = [known + first * 10 ** len(digits) for first in range(10**missing)] if missing else [known]
    found = rows.alias(ending=F(phone) % 10**LAST_DIGITS).filter(ending__in=endings)
    if len(digits) > LAST_DIGITS:
        whole = ExpressionWrapper(F(phone) % 10 ** len(digits), output_field=BigIntegerField())
        found = found.alias(whole=whole).filter(whole=int(digits))
    return cast("QuerySet[ModelT]", found)


def _note(action: str, client: Client, actor: User | None, details: dict[str, object]) -> None:
    """The record of a decision about one client; its number is masked."""
    told = {"phone": mask_phone(client.phone_number), **details}
    record(actor=actor, action=f"client.{action}", object_type="client", object_id=client.id, details=told)


def _checked(fields: ClientFields) -> dict[str, Value | None]:
    return checked_attributes(fields.attributes or {}, new_types=fields.new_types)


def _changed_attributes(had: Mapping[str, Value], has: Mapping[str, Value]) -> list[str]:
    """Their names, as the audit log shows them; values are personal."""
    names = sorted(name for name in {*had, *has} if had.get(name) != has.get(name))
    return [f"attributes.{name}" for name in names]


def _create(fields: ClientFields, attributes: dict[str, Value] | None, actor: User | None) -> Client:
    client = _filled(Client(attributes=attributes), fields)
    details = {"phone": mask_phone(client.phone_number)}
    if not create_on_record(client, actor=actor, action="client.create", details=details, unique="phone_number"):
        raise InvalidInput({"phone_number": [_("A client with this phone number exists already.")]})
    return client


def _filled(client: Client, fields: ClientFields) -> Client:
    client.phone_number = fields.phone
    derived = operator_code_of(fields.phone)
    client.mobile_operator_code = derived if fields.operator_code is None else fields.operator_code
    client.tag = fields.tag
    client.timezone = fields.timezone
    return client


def _save(client: Client, fields: ClientFields) -> None:
    try:
        with transaction.atomic():
            _filled(client, fields).save(update_fields=[*_COLUMNS, "attributes"])
    except IntegrityError as error:
        if "phone_number" not in str(error):
            raise
        raise InvalidInput({"phone_number": [_("A client with this phone number exists already.")]}) from error
