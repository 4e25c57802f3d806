"""Changes of several clients at once, as a whole or not at all. Each client has its own entry in the audit log."""

from collections.abc import Collection, Iterable, Mapping

from django.db import transaction

from vestnik.clients.directory import ClientFields, delete_client, update_client
from vestnik.ledger.recalls import Recalled
from vestnik.models import Client, StoppedPhone, User


def clients_with(*, ids: Iterable[int]) -> list[Client]:
    """The clients with these ids, by id. Those that are gone are left out."""
    return list(Client.objects.filter(id__in=list(ids)).order_by("id"))


def not_stopped(*, clients: Collection[Client]) -> list[Client]:
    """Those of them whose phone is not on the stop list."""
    phones = [client.phone_number for client in clients]
    stopped = set(StoppedPhone.objects.filter(phone_number__in=phones).values_list("phone_number", flat=True))
    return [client for client in clients if client.phone_number not in stopped]


def tag_clients(*, tags: Mapping[int, str], actor: User | None) -> dict[int, str]:
    """Give each client, by its id, its new tag. Return the tags before, of those that are still there."""
    with transaction.atomic():
        found = list(Client.objects.select_for_update().filter(id__in=list(tags)).order_by("id"))
        before = {client.id: client.tag for client in found}
        for client in found:
            fields = ClientFields(
                phone=client.phone_number, operator_code=client.mobile_operator_code, tag=tags[client.id],
                timezone=client.timezone,
            )  # fmt: skip
            update_client(client=client, fields=fields, actor=actor)
    return before


def delete_clients(*, clients: Collection[Client], actor: User | None) -> Recalled:
    """Remove the clients from the directory. Their queued messages are recalled."""
    recalled = Recalled(0, 0, 0)
    with transaction.atomic():
        for client in clients:
            gone = delete_client(client=client, actor=actor)
            recalled = Recalled(*map(sum, zip(recalled, gone, strict=True)))
    return recalled
