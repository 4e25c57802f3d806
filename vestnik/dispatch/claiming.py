"""Takes leases of batches that are due, of running mailings, where the clients' send windows are open."""

from collections.abc import Mapping

from vestnik.db.connection import Connection
from vestnik.dispatch.lease import Lease
from vestnik.dispatch.recalls import withdraw_loaded
from vestnik.ledger import leases as ledger
from vestnik.ledger.leases import Claimed, GivenBack, Loaded
from vestnik.mailings.hours import Hours, hours_of
from vestnik.message_lines import messages_are_logged


def claim(
    connection: Connection, *, loaded: Mapping[int, int], room: int, most: int, holder: str, seconds: float
) -> list[Lease]:
    """Lease batches that are due, with their messages. Call it in a transaction.

    A batch may be due while its window is closed, if nobody leased it before. It is postponed, with all batches that
    wait for the same zone, and others are leased instead.

    Args:
        connection: to the ledger, in a transaction.
        loaded: of each mailing that this dispatcher holds leases of, how many ids it has not handed over yet.
        room: ids that it wants to have loaded, over all mailings.
        most: batches in all.
        holder: who takes them, for people who look.
        seconds: that the lease lasts.
    """
    while True:
        batches = ledger.claim(
            connection, held=list(loaded), loaded=list(loaded.values()), room=room, most=most, holder=holder,
            seconds=seconds,
        )  # fmt: skip
        taken = [(batch, _hours(batch)) for batch in batches]
        leases = _load(connection, [(batch, hours) for batch, hours in taken if not _closed(batch, hours)])
        _give_back(connection, [(batch, hours) for batch, hours in taken if _closed(batch, hours)])
        if leases or not batches:
            return leases


def _hours(batch: Claimed) -> Hours:
    return hours_of(timezone=batch.timezone, opens=batch.opens, closes=batch.closes, at=batch.leased_at, end=batch.end)


def _closed(batch: Claimed, hours: Hours) -> bool:
    return batch.leased_at.timestamp() >= hours.until


def _give_back(connection: Connection, closed: list[tuple[Claimed, Hours]]) -> None:
    zones = set()
    for batch, hours in closed:
        given_back = GivenBack(batch.batch, backoff=None, reopens=hours.reopens)
        ledger.release(connection, [given_back], mailing=batch.mailing)
        zones.add((batch.mailing, batch.timezone, hours.reopens))
    for mailing, timezone, reopens in zones:
        ledger.postpone(connection, mailing=mailing, timezone=timezone, reopens=reopens)


def _load(connection: Connection, taken: list[tuple[Claimed, Hours]]) -> list[Lease]:
    """Leases of the batches taken, with their messages; in the order in which they were taken."""
    loaded: dict[int, Loaded] = {}
    for mailing in dict.fromkeys(batch.mailing for batch, _ in taken):
        batches = [batch for batch, _ in taken if batch.mailing == mailing]
        for messages in ledger.load(connection, mailing=mailing, batches=batches, named=messages_are_logged()):
            loaded[messages.batch] = messages
            if messages.stopped:
                withdraw_loaded(connection, messages.batch, mailing, messages.stopped)
    return [_lease(batch, hours, loaded[batch.batch]) for batch, hours in taken]


def _lease(batch: Claimed, hours: Hours, messages: Loaded) -> Lease:
    ids, phones, clients = messages.ids or [], messages.phones or [], messages.clients or []
    doubtful = zip(messages.answers or (), messages.in_doubt or (), strict=True)
    return Lease(
        batch=batch.batch,
        mailing=batch.mailing,
        attempt=batch.attempt,
        retries=batch.retries,
        token=batch.token,
        ids=ids,
        phones=phones,
        doubtful=dict(zip(messages.doubtful or (), doubtful, strict=True)),
        recalls=batch.recalls,
        who=dict(zip(ids, zip(phones, clients, strict=True), strict=True)) if clients else {},
        until=hours.until,
        reopens=hours.reopens,
    )
