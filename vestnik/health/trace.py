"""The history of a message, a mailing or a client as the ledger has it, line by line. Phones are masked."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from vestnik.accounts.audit import SYSTEM, is_systems
from vestnik.db.statements import Statements
from vestnik.errors import NotFound
from vestnik.ledger.fragments import LOGGED_AT_IN_ANY, MESSAGE_NOW, SENDING_NUMBER
from vestnik.mailings.pauses import reason_of
from vestnik.models import SENDING, STATE_WORDS, AuditEntry, Client, Mailing, StoppedPhone
from vestnik.phones.display import mask_phone
from vestnik.reports.contents import errors_of
from vestnik.statistics.totals import totals_of

SQL = Statements("vestnik.health", message_now=MESSAGE_NOW, logged_at_in_any=LOGGED_AT_IN_ANY)
#: How many of the newest mailings are searched for messages to a client.
MAX_MAILINGS = 1_000
#: The words of fates in the ledger (vestnik/receipts/inbox.py).
_FATES = ("accepted", "on its way", "delivered", "not delivered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event or a fact. ``at`` is None for a present fact, or if the ledger does not know the time."""

    at: datetime | None
    words: str


def trace_message(message_id: int) -> list[Event]:
    """A message by its id, which is also the gateway's.

    Raises:
        NotFound: the ledger has no such message, or no longer.
    """
    rows = SQL.run(connection, "trace_message", message=message_id)
    decisions = list(_decisions("message", message_id))
    if not rows and not decisions:
        raise NotFound("The ledger knows no message with this id.")
    messages = [event for row in rows for event in _message(*row)]
    receipts = [event for row in rows for event in _receipts(mailing=row[1], message=message_id)]
    return _ordered([*messages, *receipts, *decisions])


def trace_mailing(mailing_id: int) -> list[Event]:
    """A mailing by its id, also one that was deleted.

    Raises:
        NotFound: there never was one.
    """
    mailing = Mailing.objects.filter(id=mailing_id).first()
    if mailing is None:
        raise NotFound("There is no such mailing.")
    return _ordered([*_mailing(mailing), *_decisions("mailing", mailing_id)])


def trace_client(client_id: int) -> list[Event]:
    """A client by its id. Of a deleted client only the decisions are known: nothing else leads to its phone.

    Raises:
        NotFound: nothing is known of it.
    """
    client = Client.objects.filter(id=client_id).first()
    events = [*(_client(client) if client is not None else ()), *_decisions("client", client_id)]
    if not events:
        raise NotFound("The ledger knows no client with this id.")
    return _ordered(events)


def _message(
    message: int, mailing: int, client: int, phone: int, created: datetime, sent: datetime | None,
    not_before: datetime | None, tries: int, in_doubt: bool, recalled: str | None, code: str | None, detail: str | None,
    state: int, *batch: Any,
) -> Iterator[Event]:  # fmt: skip
    number = "an erased number" if phone < 0 else mask_phone(phone)
    to = f"client {client} ({number})" if client else number
    yield Event(at=created, words=f"message {message} of mailing {mailing} is made, to {to}")
    if sent is not None:
        yield Event(at=sent, words="sent: the gateway took it")
    outcome = f", the last: {code}{f' ({detail})' if detail else ''}" if code is not None else ""
    yield Event(at=None, words=f"it is {_word(state)}, after {tries} outcomes{outcome}")
    if in_doubt:
        yield Event(at=None, words="an attempt may have been delivered, and no definite answer came since")
    if recalled:
        yield Event(at=None, words=f"it must not be sent: {recalled}")
    if not_before is not None:
        yield Event(at=not_before, words="the gateway asked to wait until then")
    yield from _batch(*batch)


def _batch(
    batch: int, state: str, attempt: int, retries: int, due: datetime, holder: str, leased: datetime | None,
    expires: datetime | None,
) -> Iterator[Event]:  # fmt: skip
    words = f"its batch {batch} is {state}: leased {attempt} times, came back {retries} times"
    yield Event(at=None, words=words)
    if state == "ready":
        yield Event(at=due, words=f"batch {batch} is due")
    if leased is not None and expires is not None:
        yield Event(at=leased, words=f"batch {batch} is leased to {holder} until {expires.isoformat()}")


def _receipts(*, mailing: int, message: int) -> Iterator[Event]:
    """The provider's names of a message, and its receipts that are kept."""
    for at, gateway, name, part, fate, operator, verdict, said in SQL.run(
        connection, "trace_receipts", mailing=mailing, message=message
    ):
        what = _FATES[fate] if fate is not None else "no receipt yet"
        by = f", operator {operator}" if operator else ""
        if verdict:
            more = f" ({said})" if said else ""
            yield Event(at=at, words=f"a receipt of gateway {gateway} says {what}{more}{by}: {verdict}")
        else:
            called = f"calls part {part} {name}" if name else f"has no name for part {part}"
            yield Event(at=None, words=f"gateway {gateway} {called}: {what}{by}")


def _mailing(mailing: Mailing) -> Iterator[Event]:
    moments = {
        "it was made": mailing.created_at, "its start": mailing.start_time, "it started": mailing.started_at,
        "its audience was whole": mailing.prepared_at, "it was resumed": mailing.resumed_at,
        "its end": mailing.end_time, "it was over": mailing.finished_at, "its totals were frozen": mailing.frozen_at,
        "it was deleted": mailing.hidden_at,
    }  # fmt: skip
    yield from (Event(at=at, words=words) for words, at in moments.items() if at is not None)
    why = f" ({reason_of(mailing)})" if reason_of(mailing) else ""
    yield Event(at=None, words=f"mailing {mailing.id} is {mailing.state}{why}, version {mailing.version}")
    totals = totals_of([mailing])[mailing.id]
    shown = ", ".join(f"{count} {state}" for state, count in totals.items() if count) or "no message"
    yield Event(at=None, words=f"its totals: {shown}")
    for error in errors_of(mailing.id):
        yield Event(at=None, words=f"{error.count} {error.state} with: {error.code or 'no code'}")
    for state, count, due, holders in SQL.run(connection, "trace_batches", mailing=mailing.id):
        more = {"ready": f", the first due {due.isoformat()}", "leased": f", to {holders}"}.get(state, "")
        yield Event(at=None, words=f"{count} batches are {state}{more}")


def _client(client: Client) -> Iterator[Event]:
    about = f"operator {client.mobile_operator_code}, tag {client.tag!r}, {client.timezone}"
    yield Event(at=None, words=f"client {client.id} is in the directory: {mask_phone(client.phone_number)}, {about}")
    stopped = StoppedPhone.objects.filter(phone_number=client.phone_number).first()
    if stopped is not None:
        yield Event(
            at=stopped.created_at,
            words=f"its phone came onto the stop list, by {_by(stopped.created_by_id, stopped.created_by_name)}",
        )
    values = {"phone": client.phone_number, "most": MAX_MAILINGS}
    for made, message, mailing, state, code, tries, sent in SQL.run(connection, "trace_client", **values):
        when = f" at {sent.isoformat()}" if sent else ""
        last = f", the last: {code}" if code is not None else ""
        words = f"message {message} of mailing {mailing}: {_word(state)}{when}, after {tries} outcomes{last}"
        yield Event(at=made, words=words)


def _decisions(object_type: str, object_id: int) -> Iterator[Event]:
    for entry in AuditEntry.objects.filter(object_type=object_type, object_id=object_id).order_by("id"):
        details = f" {json.dumps(entry.details, ensure_ascii=False)}" if entry.details else ""
        yield Event(at=entry.at, words=f"{entry.action}, by {_by(entry.actor_id, entry.actor_name)}{details}")


def _by(account_id: int | None, name: str) -> str:
    """The actor. An old account may be called ``system``, which is refused today: it is shown differently."""
    return f"{name} (account {account_id})" if name == SYSTEM and not is_systems(account_id, name) else name


def _word(state: int) -> str:
    return SENDING if state == SENDING_NUMBER else STATE_WORDS[state]


def _ordered(events: list[Event]) -> list[Event]:
    """Sorted by time; present facts come last."""
    timed = [(event.at, number, event) for number, event in enumerate(events) if event.at is not None]
    return [event for _, _, event in sorted(timed)] + [event for event in events if event.at is None]
