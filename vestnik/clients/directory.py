"""The directory of clients: one row a phone number."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.clients.recall import CLIENT_DELETED, Recalled, lock_stop_list, recall
from vestnik.errors import InvalidInput, NotFound
from vestnik.gateway.masking import mask_phone
from vestnik.models import GREATEST_PHONE, LEAST_PHONE, Client, User


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFields:
    """What a client is made of. ``operator_code`` None: the digits 2 to 4 of the phone."""

    phone: int
    operator_code: int | None
    tag: str
    timezone: str


def derived_code(phone: int) -> int:
    """The operator code that a number was first given out under: its digits 2 to 4. Numbers are ported since."""
    return phone // 10_000_000 % 1_000


def create_client(*, fields: ClientFields) -> Client:
    """Add a client.

    Raises:
        InvalidInput: the phone number is taken.
    """
    client = Client()
    return _save(client, fields)


def update_client(*, client: Client, fields: ClientFields) -> Client:
    """Replace all fields of a client. Messages that are made already keep their phone.

    Raises:
        InvalidInput: the phone number is another client's.
    """
    return _save(client, fields)


def delete_client(*, client: Client, actor: User | None) -> Recalled:
    """Remove a client from the directory and recall its phone's queued messages; they stay in the books.

    Half a second after it has returned nothing of that phone is handed over.
    """
    with transaction.atomic():
        lock_stop_list()
        client_id, phone = client.id, client.phone_number
        client.delete()
        recalled = recall(phones=[phone], why=CLIENT_DELETED)
        details = {"phone": mask_phone(phone), "recalled": recalled._asdict()}
        record(actor=actor, action="client.delete", object_type="client", object_id=client_id, details=details)
    return recalled


def get_client(*, client_id: int) -> Client:
    """The client with this id.

    Raises:
        NotFound: there is none.
    """
    client = Client.objects.filter(id=client_id).first()
    if client is None:
        raise NotFound(_("There is no client with this id."))
    return client


def lock_client(*, client_id: int) -> Client:
    """The client with this id, as nobody else can change it until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    client = Client.objects.select_for_update().filter(id=client_id).first()
    if client is None:
        raise NotFound(_("There is no client with this id."))
    return client


def find_clients(
    *, tag: str | None = None, operator_code: int | None = None, timezone: str | None = None, phone_prefix: str = ""
) -> QuerySet[Client]:
    """The clients that match all that is given, each filter answered from an index.

    Args:
        tag: exactly this tag.
        operator_code: exactly this code.
        timezone: exactly this IANA zone.
        phone_prefix: the first digits of the phone number, at most eleven.
    """
    clients = Client.objects.all()
    if tag is not None:
        clients = clients.filter(tag=tag)
    if operator_code is not None:
        clients = clients.filter(mobile_operator_code=operator_code)
    if timezone is not None:
        clients = clients.filter(timezone=timezone)
    if phone_prefix:
        clients = clients.filter(phone_number__range=phone_range(phone_prefix))
    return clients


def phone_range(prefix: str) -> tuple[int, int]:
    """The least and the greatest phone number that begin with ``prefix`` (one to eleven digits)."""
    missing = 11 - len(prefix)
    least = int(prefix) * 10**missing
    return max(least, LEAST_PHONE), min(least + 10**missing - 1, GREATEST_PHONE)


def _save(client: Client, fields: ClientFields) -> Client:
    client.phone_number = fields.phone
    client.mobile_operator_code = derived_code(fields.phone) if fields.operator_code is None else fields.operator_code
    client.tag = fields.tag
    client.timezone = fields.timezone
    try:
        with transaction.atomic():
            client.save()
    except IntegrityError as error:
        if "phone_number" not in str(error):
            raise
        raise InvalidInput({"phone_number": [_("A client with this phone number exists already.")]}) from error
    return client
