"""What tests of deliveries have in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from vestnik.db.connection import open_connection
from vestnik.models import WebhookDelivery, WebhookEndpoint
from vestnik.webhooks.delivery import deliver_due


@contextmanager
def lend() -> Iterator[Any]:
    """A connection of its own for each piece of work, as a process that may die has."""
    with open_connection("webhooks test") as connection:
        yield connection


def deliver(endpoint: WebhookEndpoint) -> int:
    """Deliver until nothing is due; how many attempts that took."""
    return deliver_due(lend, endpoint.id, stopped=lambda: False)


def tell(ledger: Any, number: int, kind: str = "mailing.started") -> None:
    """Write events, each in a transaction of its own."""
    for each in range(number):
        ledger.execute("SELECT vestnik_tell(%s, jsonb_build_object('mailing_id', %s::int))", [kind, each])


def waiting() -> int:
    """How many deliveries wait, of all endpoints."""
    return WebhookDelivery.objects.count()
