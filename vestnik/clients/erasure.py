"""Erasure of one person on request (GDPR, article 17; 152-FZ, article 21): everything here that holds the number.

Erased: the client, the number in all messages (also under the client's earlier numbers), texts that came from it,
refused rows of imports that name it, and the person in webhook events. An earlier number that is somebody else's now
stays, but the client's id and values go from the messages to it. Kept: the totals, which count messages and name
nobody; the record that an erasure was made, without the number; and an entry of the stop list, because that *is* the
person's wish, and without the number nobody could respect it (GDPR, article 17(3)(b)). Its reason is erased, and with
``forget_refusal`` the entry is, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.clients.directory import get_client
from vestnik.clients.erased_events import erase_from_events, look_through_events
from vestnik.db.statements import Statements
from vestnik.errors import InvalidInput
from vestnik.ledger.recalls import CLIENT_DELETED, Recalled, erase, erase_from_given_away, lock_stop_list, recall
from vestnik.models import Client, StoppedPhone, User

SQL = Statements("vestnik.clients")
#: What an entry of the stop list says afterwards.
KEPT_REASON = "erased on request; kept so that nothing is sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The result of an erasure; ``number`` is the id of its line in the audit, which holds no phone.

    ``client``: the id of the client that was deleted. ``messages``: those from which the person was
    erased.
    ``inbound``: texts from the person. ``refused_rows``: of imports. ``events``: of webhooks, changed or deleted.
    ``stop_list``: ``absent``, ``kept`` or ``removed``.
    """

    number: int
    client: int | None
    messages: int
    recalled: Recalled
    inbound: int
    refused_rows: int
    events: int
    stop_list: str


class _Numbers(NamedTuple):
    """A client's number and its earlier ones; ``given_away``: the earlier ones that are another client's now."""

    own: list[int]
    given_away: list[int]


def erase_client(
    *, phone: int | None = None, client_id: int | None = None, actor: User | None, forget_refusal: bool = False
) -> Certificate:
    """Erase one person, named by a phone or by the id of a client; queued messages to them are cancelled.

    Finding a client's earlier numbers reads all messages once (seconds for ten million), and so are the webhook events
    of the last week read; nothing waits for it. Half a second after the return no message to the person is handed
    over; an attempt to deliver an event that is under way may still end. Repeating is safe.

    Args:
        phone: the number; also one that belongs to no client any more.
        client_id: instead of the phone.
        actor: who decided; None: the command line.
        forget_refusal: take the phone off the stop list, too: a directory that is imported again may then be sent to.

    Raises:
        NotFound: there is no client with this id.
        InvalidInput: neither or both are given.
    """
    client = _named(phone, client_id)
    numbers = _numbers_of(client) if client else _Numbers([], [])
    phones = sorted({*([phone] if phone else []), *numbers.own})
    naming = look_through_events(phones=phones, client=None if client is None else client.id)
    with transaction.atomic():
        lock_stop_list()
        if client is not None:
            Client.objects.filter(id=client.id).delete()
        recalled = recall(phones=phones, why=CLIENT_DELETED)
        messages = erase(phones=phones)
        if client is not None and numbers.given_away:
            more = recall(phones=numbers.given_away, why=CLIENT_DELETED, client=client.id)
            recalled = Recalled(*map(sum, zip(recalled, more, strict=True)))
            messages += erase_from_given_away(phones=numbers.given_away, client=client.id)
        inbound = _erase("erase_inbound", phones)
        refused = _erase("erase_refused_rows", phones) + _erase("erase_warnings", phones)
        stopped = _stop_list(phones, forget=forget_refusal)
        events = erase_from_events(naming)
        gone = naming.client
        details = {
            "messages": messages, "recalled": recalled._asdict(), "inbound": inbound, "refused_rows": refused,
            "events": events, "stop_list": stopped,
        }  # fmt: skip
        line = record(actor=actor, action="client.erase", object_type="client", object_id=gone, details=details)
    return Certificate(
        number=line.id, client=gone, messages=messages, recalled=recalled, inbound=inbound, refused_rows=refused,
        events=events, stop_list=stopped,
    )  # fmt: skip


def _named(phone: int | None, client_id: int | None) -> Client | None:
    if client_id is not None and phone is None:
        return get_client(client_id=client_id)
    if phone is not None and client_id is None:
        return Client.objects.filter(phone_number=phone).first()
    raise InvalidInput({"phone": [_("Give either a phone or a client.")]})


def _numbers_of(client: Client) -> _Numbers:
    earlier = SQL.run(connection, "earlier_phones", client=client.id)
    own = [int(phone) for phone, is_others in earlier if not is_others]
    return _Numbers([client.phone_number, *own], [int(phone) for phone, is_others in earlier if is_others])


def _erase(statement: str, phones: Sequence[int]) -> int:
    return SQL.change(connection, statement, phones=list(phones))


def _stop_list(phones: Sequence[int], *, forget: bool) -> str:
    entries = StoppedPhone.objects.filter(phone_number__in=phones)
    if forget:
        return "removed" if entries.delete()[0] else "absent"
    return "kept" if entries.update(reason=KEPT_REASON) else "absent"
