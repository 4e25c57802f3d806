"""The directory of clients: one row a phone number."""

import hashlib
import json
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.accounts.on_record import create_on_record
from vestnik.characters import clean_text
from vestnik.db.connection import Connection
from vestnik.db.rows import find_row
from vestnik.db.statements import Statements
from vestnik.errors import InvalidInput, NotFound
from vestnik.ledger.recalls import CLIENT_DELETED, Recalled, lock_stop_list, recall
from vestnik.models import Client, User
from vestnik.phones.display import mask_phone
from vestnik.phones.number import operator_code_of
from vestnik.phones.search import phone_range

SQL = Statements("vestnik.clients")
_COLUMNS = ("phone_number", "mobile_operator_code", "tag", "timezone")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFields:
    """The fields of a client. ``operator_code`` None: the digits 2 to 4 of the phone."""

    phone: int
    operator_code: int | None
    tag: str
    timezone: str


def create_client(*, fields: ClientFields, actor: User | None) -> Client:
    """Add a client.

    Raises:
        InvalidInput: the phone number is taken.
    """
    client = _filled(Client(), fields)
    details = {"phone": mask_phone(client.phone_number)}
    if not create_on_record(client, actor=actor, action="client.create", details=details, unique="phone_number"):
        raise InvalidInput({"phone_number": [_("A client with this phone number exists already.")]})
    return client


def update_client(*, client: Client, fields: ClientFields, actor: User | None) -> Client:
    """Replace all fields of a client. Existing messages keep their phone.

    Raises:
        InvalidInput: the phone number is another client's.
    """
    before = {name: getattr(client, name) for name in _COLUMNS}
    with transaction.atomic():
        _save(client, fields)
        changed = [name for name in _COLUMNS if getattr(client, name) != before[name]]
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
    shown = json.dumps([client.id, client.phone_number, client.mobile_operator_code, client.tag, client.timezone])
    return hashlib.sha256(shown.encode()).hexdigest()[:32]


def find_clients(
    *, tag: str | None = None, operator_code: int | None = None, timezone: str | None = None, phone_prefix: str = ""
) -> QuerySet[Client]:
    """The clients that match all that is given, each filter answered from an index.

    Args:
        tag: this tag, cleaned.
        operator_code: exactly this code.
        timezone: exactly this IANA zone.
        phone_prefix: the first digits of the phone number, at most eleven.
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
    return clients


def _note(action: str, client: Client, actor: User | None, details: dict[str, object]) -> None:
    """The record of a decision about one client; its number is masked."""
    told = {"phone": mask_phone(client.phone_number), **details}
    record(actor=actor, action=f"client.{action}", object_type="client", object_id=client.id, details=told)


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
            _filled(client, fields).save(update_fields=_COLUMNS)
    except IntegrityError as error:
        if "phone_number" not in str(error):
            raise
        raise InvalidInput({"phone_number": [_("A client with this phone number exists already.")]}) from error
