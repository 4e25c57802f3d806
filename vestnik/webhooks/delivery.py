"""Delivers events: each endpoint has a queue of its own, and no transaction is open while one is posted."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import psycopg
from django.conf import settings

from vestnik.db.away import why_away
from vestnik.db.connection import Connection, HasCursor, first_line
from vestnik.db.statements import Statements
from vestnik.encryption import decrypt
from vestnik.errors import InvalidInput, WrongKey
from vestnik.metrics.counted import WEBHOOK_ATTEMPTS
from vestnik.models import DisabledCode
from vestnik.webhooks.post import TOTAL_SECONDS, Answer, post
from vestnik.webhooks.retry import DOWN_AFTER, GIVE_UP_SECONDS, Next, decide, pause_of
from vestnik.webhooks.signature import signed_headers
from vestnik.webhooks.targets import read_target

#: Seconds after which an attempt counts as lost: longer than one takes, with the name to be resolved.
LEASE_SECONDS = 6 * TOTAL_SECONDS

log = logging.getLogger(__name__)
SQL = Statements("vestnik.webhooks")
#: Seconds before an attempt is settled again that the ledger did not take.
RESETTLE_SECONDS = 0.5
#: Ids of events are greater.
_NO_EVENT = 0
#: What an attempt is counted as, by what becomes of its delivery.
_OUTCOMES = {Next.DONE: "arrived", Next.AGAIN: "failed", Next.GIVEN_UP: "given_up", Next.GONE: "gone"}
#: Gives a connection that nobody else uses, for as long as a ``with`` takes. Each call may give another one.
Lend = Callable[[], AbstractContextManager[Connection]]


class Delivery(NamedTuple):
    """An attempt that was taken. ``age``: seconds since it was due first. ``attempts``: with this one."""

    url: str
    secrets: str
    two_secrets: bool
    event: int
    attempts: int
    age: float
    uid: UUID
    kind: str
    at: datetime
    data: dict[str, Any]


def due_endpoints(connection: Connection) -> list[int]:
    """Return the endpoints that have something to be delivered now."""
    return [endpoint for (endpoint,) in SQL.run(connection, "due_endpoints")]


def deliver_due(lend: Lend, endpoint: int, *, stopped: Callable[[], bool]) -> int:
    """Deliver to one endpoint until nothing is due, or it fails too often. Return the number of attempts."""
    made = 0
    while not stopped() and deliver_next(lend, endpoint):
        made += 1
    return made


def deliver_next(lend: Lend, endpoint: int) -> bool:
    """Make one attempt. Return False if nothing is due."""
    with lend() as connection:
        delivery = take(connection, endpoint)
    if delivery is None:
        return False
    lost_at = time.monotonic() + LEASE_SECONDS
    # No connection is held across the network call.
    answer = attempt(delivery)
    _settle_until(lost_at, lend, endpoint, delivery, answer)
    return True


def take(connection: Connection, endpoint: int) -> Delivery | None:
    """Take the next event of an endpoint for :data:`LEASE_SECONDS`; None: nothing is due."""
    rows = SQL.run_repeated(connection, "take_delivery", endpoint=endpoint, lease=LEASE_SECONDS, down_after=DOWN_AFTER)
    return Delivery(*rows[0]) if rows else None


def attempt(delivery: Delivery) -> Answer:
    """Post an event. What is wrong with our own settings is an answer, too: it is shown, and tried again."""
    allow_private = settings.ENVIRONMENT.webhook_allow_private
    try:
        target = read_target(delivery.url, allow_private=allow_private)
        secrets = secrets_of(delivery.secrets, two=delivery.two_secrets)
    except InvalidInput as error:
        return Answer(status=None, error=" ".join(error.fields["url"])[:200])
    except WrongKey as error:
        return Answer(status=None, error=str(error)[:200])
    body = body_of(delivery)
    signed = signed_headers(secrets=secrets, uid=public_id(delivery.uid), at=int(time.time()), body=body)
    headers = {"Content-Type": "application/json", "User-Agent": "Vestnik", **signed}
    return post(target, headers=headers, body=body, allow_private=allow_private)


def public_id(uid: UUID) -> str:
    """Return what receivers know an event by (``webhook-id``)."""
    return f"evt_{uid.hex}"


def body_of(delivery: Delivery) -> bytes:
    """Return the body of an event, the same to the byte with each attempt."""
    return orjson.dumps(
        {"type": delivery.kind, "timestamp": delivery.at, "data": delivery.data}, option=orjson.OPT_UTC_Z
    )


def secrets_of(encrypted: str, *, two: bool) -> list[str]:
    """Return the secret, and the one before it while both count.

    Raises:
        WrongKey: they were encrypted with a key that we do not have.
    """
    kept = decrypt(encrypted)
    return [kept["now"], *([kept["before"]] if two and "before" in kept else [])]


def settle(connection: Connection, endpoint: int, delivery: Delivery, answer: Answer) -> None:
    """Write down what came of an attempt, in one transaction, and count it.

    It may be repeated: if only the answer of the commit was lost, the attempt stands in the list twice.
    """
    decision = decide(
        status=answer.status, retry_after=answer.retry_after, attempts=delivery.attempts, age=delivery.age
    )
    one = {"endpoint": endpoint, "event": delivery.event, "attempts": delivery.attempts}
    with connection.transaction():
        SQL.run_repeated(connection, "keep_attempt", **_kept_of(endpoint, delivery.uid, delivery.kind, answer))
        if decision.next is Next.AGAIN or decision.next is Next.GONE:
            SQL.change(connection, "postpone_delivery", **one, after=decision.after)
        else:
            SQL.run_repeated(connection, "end_delivery", **one, arrived=decision.next is Next.DONE)
        if decision.next is Next.DONE:
            values = {"endpoint": endpoint, "event": delivery.event, "down_after": DOWN_AFTER}
            SQL.run_repeated(connection, "note_success", **values)
        else:
            _note_failure(connection, endpoint, answer, gone=decision.next is Next.GONE)
    WEBHOOK_ATTEMPTS.labels(_OUTCOMES[decision.next]).inc()


def keep_attempt(connection: HasCursor, endpoint: int, uid: UUID, kind: str, answer: Answer) -> int:
    """Keep an attempt for people to see. Return its id."""
    ((kept,),) = SQL.run(connection, "keep_attempt", **_kept_of(endpoint, uid, kind, answer))
    return int(kept)


def end_pause(connection: HasCursor, endpoint: int) -> None:
    """An endpoint has taken what is no event: its failures are over, and what waits for another try is due now."""
    SQL.change(connection, "note_success", endpoint=endpoint, event=_NO_EVENT, down_after=1)


def _settle_until(moment: float, lend: Lend, endpoint: int, delivery: Delivery, answer: Answer) -> None:
    """Settle an attempt. While the ledger is away, try again until the attempt counts as lost: another takes it then.

    Args:
        moment: monotonic seconds.
        lend: gives another connection each time.
        endpoint: whose.
        delivery: what was posted.
        answer: what came of it.
    """
    while True:
        try:
            with lend() as connection:
                settle(connection, endpoint, delivery, answer)
        except psycopg.Error as error:
            if why_away(error) is None or time.monotonic() >= moment:
                raise
            log.warning(
                "a webhook's attempt is not written down yet: %s", first_line(error), extra={"webhook": endpoint}
            )
        else:
            return
        time.sleep(RESETTLE_SECONDS)


def _kept_of(endpoint: int, uid: UUID, kind: str, answer: Answer) -> dict[str, Any]:
    """Return the values of a row in the list of attempts."""
    return {
        "endpoint": endpoint, "uid": uid, "kind": kind, "status": answer.status, "error": answer.error,
        "answer": answer.body, "milliseconds": answer.milliseconds,
    }  # fmt: skip


def _note_failure(connection: Connection, endpoint: int, answer: Answer, *, gone: bool) -> None:
    rows = SQL.run(connection, "note_failure", endpoint=endpoint)
    if not rows:
        return  # It was removed meanwhile.
    ((failures, seconds),) = rows
    if gone or seconds >= GIVE_UP_SECONDS:
        _disable(connection, endpoint, DisabledCode.GONE if gone else DisabledCode.FAILING)
        return
    pause = pause_of(failures=failures, retry_after=answer.retry_after)
    if pause:
        SQL.change(connection, "pause_endpoint", endpoint=endpoint, seconds=pause)


def _disable(connection: Connection, endpoint: int, code: DisabledCode) -> None:
    if SQL.change(connection, "disable_endpoint", endpoint=endpoint, code=code):
        log.warning("a webhook is disabled: %s", code.label, extra={"webhook": endpoint})
