"""Takes leases of batches that are due, of running mailings, where the clients' send windows are open."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import orjson

from vestnik.db.connection import Connection
from vestnik.db.notify import notify
from vestnik.dispatch.decide import Doubt, backoff
from vestnik.dispatch.lease import Lease
from vestnik.dispatch.long_texts import LeavesText
from vestnik.dispatch.recalls import withdraw_loaded
from vestnik.ledger import leases as ledger
from vestnik.ledger.leases import Claimed, GivenBack, Loaded
from vestnik.mailings.hours import LAST_SECOND, Hours, hours_of
from vestnik.message_lines import messages_are_logged
from vestnik.texts.render import renderer_of

#: Leases batches that are due, in a transaction; none: there is none.
Take: TypeAlias = Callable[[], list[Claimed]]
#: Which texts of a rule's messages the gateway leaves to others; None: none.
LeavesOf: TypeAlias = Callable[[int], LeavesText | None]


def claim(
    connection: Connection, take: Take, *, gateway: int, leaves_of: LeavesOf = lambda _route: None
) -> list[Lease]:
    """Lease batches that are due, with their messages. Call it in a transaction.

    A batch may be due while its window is closed, if nobody leased it before. It is postponed, with all batches that
    wait for the same zone, and others are leased instead. So are they where the text is left to another gateway.

    Args:
        connection: to the ledger, in a transaction.
        take: leases batches; called until some have an open window, or there is none.
        gateway: over which their messages are to go.
        leaves_of: which texts it leaves to others, by rule.
    """
    while True:
        batches = take()
        left = [batch for batch in batches if _is_left(batch, leaves_of(batch.route))]
        taken = [(batch, _hours(batch)) for batch in batches if batch not in left]
        _leave(connection, left)
        open_now = [(batch, hours) for batch, hours in taken if not _closed(batch, hours)]
        leases = _load(connection, open_now, gateway, leaves_of)
        _give_back(connection, [(batch, hours) for batch, hours in taken if _closed(batch, hours)])
        if leases or not batches:
            return leases


def _hours(batch: Claimed) -> Hours:
    if batch.direct:  # at any hour, until its own end
        return Hours((batch.end - LAST_SECOND).timestamp(), None)
    return hours_of(timezone=batch.timezone, opens=batch.opens, closes=batch.closes, at=batch.leased_at, end=batch.end)


def _closed(batch: Claimed, hours: Hours) -> bool:
    return batch.leased_at.timestamp() >= hours.until


def _give_back(connection: Connection, closed: list[tuple[Claimed, Hours]]) -> None:
    zones = set()
    for batch, hours in closed:
        given_back = GivenBack(batch.batch, backoff=None, reopens=hours.reopens)
        ledger.release(connection, [given_back], mailing=batch.mailing)
        if not batch.direct:
            zones.add((batch.mailing, batch.timezone, hours.reopens))
    for mailing, timezone, reopens in zones:
        ledger.postpone(connection, mailing=mailing, timezone=timezone, reopens=reopens)


def _is_left(batch: Claimed, leaves: LeavesText | None) -> bool:
    return leaves is not None and batch.text is not None and leaves(batch.text)


def _leave(connection: Connection, left: list[Claimed]) -> None:
    """Let another gateway take these batches at once; this one looks again after the backoff, the rule may change."""
    for batch in left:
        given_back = GivenBack(batch.batch, backoff=backoff(batch.retries), reopens=None)
        ledger.release(connection, [given_back], mailing=batch.mailing, several=True)
    if left:
        notify(connection, "released")


def _load(connection: Connection, taken: list[tuple[Claimed, Hours]], gateway: int, leaves_of: LeavesOf) -> list[Lease]:
    """Leases of the batches taken, with their messages; in the order in which they were taken."""
    loaded: dict[int, Loaded] = {}
    for mailing in dict.fromkeys(batch.mailing for batch, _ in taken):
        batches = [batch for batch, _ in taken if batch.mailing == mailing]
        rows = ledger.load(connection, mailing=mailing, batches=batches, named=messages_are_logged(), gateway=gateway)
        for messages in rows:
            loaded[messages.batch] = messages
            if messages.stopped:
                withdraw_loaded(connection, messages.batch, mailing, messages.stopped)
    return [_lease(batch, hours, loaded[batch.batch], leaves_of(batch.route)) for batch, hours in taken]


def _lease(batch: Claimed, hours: Hours, messages: Loaded, leaves: LeavesText | None) -> Lease:
    ids, phones, clients = messages.ids or [], messages.phones or [], messages.clients or []
    doubts = map(_doubt, messages.in_doubt or (), messages.elsewhere or ())
    doubtful = zip(messages.answers or (), doubts, strict=True)
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
        direct=batch.direct,
        personal=messages.text is not None,
        texts=dict(zip(ids, _texts(batch, messages), strict=True)) if batch.direct or messages.text is not None else {},
        leaves=leaves,
    )


def _doubt(in_doubt: bool, elsewhere: bool) -> Doubt:
    if not in_doubt:
        return Doubt.NONE
    return Doubt.ELSEWHERE if elsewhere else Doubt.HERE


def _texts(batch: Claimed, messages: Loaded) -> Sequence[str]:
    """The text of each message: its own, or made of the mailing's text and the values that were frozen for it."""
    if batch.direct or messages.text is None:
        return messages.texts or ()
    fill = renderer_of(messages.text, messages.locale or "").fill
    return [fill(values) for values in orjson.loads(messages.frozen or "[]")]
