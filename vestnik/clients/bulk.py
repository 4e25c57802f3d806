"""Changes of several clients at once. Each client has its own entry in the audit log."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db import connection, transaction

from vestnik.accounts.audit import record_all
from vestnik.clients.stop_list import CHUNK
from vestnik.db.statements import Statements
from vestnik.ledger.recalls import CLIENT_DELETED, Recalled, lock_stop_list, recall_each
from vestnik.models import Client, StoppedPhone, User
from vestnik.phones.display import mask_phone

SQL = Statements("vestnik.clients")
#: The greatest number of clients that one change takes: some seconds, and what can be undone fits in a session.
MAX_CLIENTS = 10_000


def clients_with(*, ids: Iterable[int]) -> list[Client]:
    """The clients with these ids, by id. Those that are gone are left out."""
    return list(Client.objects.filter(id__in=list(ids)).order_by("id"))


def not_stopped(*, clients: Collection[Client]) -> list[Client]:
    """Those of them whose phone is not on the stop list."""
    phones = [client.phone_number for client in clients]
    stopped = set(StoppedPhone.objects.filter(phone_number__in=phones).values_list("phone_number", flat=True))
    return [client for client in clients if client.phone_number not in stopped]


def tag_clients(*, tags: Mapping[int, str], actor: User | None) -> dict[int, str]:
    """Give each client, by its id, its new tag: all or none. Return the tags before, of those that are still there."""
    with transaction.atomic():
        found = list(Client.objects.select_for_update().filter(id__in=list(tags)).order_by("id"))
        before = {client.id: client.tag for client in found}
        changed = [client for client in found if client.tag != tags[client.id]]
        ids = [client.id for client in changed]
        SQL.change(connection, "set_tags", ids=ids, tags=[tags[each] for each in ids])
        details = {client.id: {"phone": mask_phone(client.phone_number), "changed": ["tag"]} for client in changed}
        record_all(actor=actor, action="client.update", object_type="client", details=details)
    return before


def delete_clients(*, clients: Sequence[Client], actor: User | None) -> tuple[int, Recalled]:
    """Remove the clients from the directory, and recall their queued messages.

    A chunk of 1,000 clients is one transaction, because it holds the stop list's lock; repeating is safe.

    Returns:
        How many were still there, and the messages that were recalled.
    """
    deleted, recalled = 0, Recalled(0, 0, 0)
    for start in range(0, len(clients), CHUNK):
        gone = _delete_chunk([client.id for client in clients[start : start + CHUNK]], actor)
        deleted += len(gone)
        recalled = Recalled(*map(sum, zip(recalled, *gone, strict=True)))
    return deleted, recalled


def _delete_chunk(ids: list[int], actor: User | None) -> list[Recalled]:
    """Delete those that are still there. Return what was recalled of each."""
    with transaction.atomic():
        lock_stop_list()
        found = list(Client.objects.select_for_update().filter(id__in=ids).order_by("id"))
        Client.objects.filter(id__in=[client.id for client in found]).delete()
        by_phone = recall_each(phones=[client.phone_number for client in found], why=CLIENT_DELETED)
        recalled = {client.id: by_phone.get(client.phone_number, Recalled(0, 0, 0)) for client in found}
        details = {
            client.id: {"phone": mask_phone(client.phone_number), "recalled": recalled[client.id]._asdict()}
            for client in found
        }
        record_all(actor=actor, action="client.delete", object_type="client", details=details)
    return list(recalled.values())
