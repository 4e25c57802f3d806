"""Switches the outcome log on and off (docs/decisions/outcome-log.md)."""

from collections.abc import Iterator

from django.db import connection, transaction
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.errors import StateForbids
from vestnik.ledger import outcome_log as ledger
from vestnik.models import GatewayState, User


def is_on() -> bool:
    """Are successes written into the log?"""
    return GatewayState.objects.filter(outcome_log=True).exists()


def switch_on(*, actor: User | None) -> None:
    """Write successes into the log from now on. Releases before the log can lease nothing then."""
    with transaction.atomic():
        ledger.switch(connection, on=True)
        record(actor=actor, action="ledger.log_on", object_type="ledger", object_id=None, details={})


def switch_off(*, actor: User | None) -> Iterator[int]:
    """Write successes on their messages from now on, and what stands in the log, too. Then an older release may run.

    Yields how many messages each transaction has written. It can be broken off and begun again: until its end older
    releases cannot send.

    Raises:
        StateForbids: something is sending.
    """
    _stop_logging()
    while batches := ledger.logged_batches(connection):
        with transaction.atomic():
            written = ledger.write_into_rows(connection, batches)
        yield written
    with transaction.atomic():
        ledger.switch(connection, on=False)
        record(actor=actor, action="ledger.log_off", object_type="ledger", object_id=None, details={})


def _stop_logging() -> None:
    """Turn logging off. A new holder of a batch reads that first; one that has a batch already may not have read it."""
    with transaction.atomic():
        GatewayState.objects.update(outcome_log=False)
        if ledger.is_leased(connection):
            sentence = _("Messages are being sent: stop the workers, or pause what runs, and try again.")
            raise StateForbids(sentence)
