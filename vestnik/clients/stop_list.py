"""The stop list: phones that are sent nothing, with when, why and by whom."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from vestnik.accounts.audit import SYSTEM, record
from vestnik.characters import clean_text
from vestnik.db.statements import Statements
from vestnik.errors import NotFound
from vestnik.ledger.recalls import ON_STOP_LIST, Recalled, lock_stop_list, recall
from vestnik.models import StoppedPhone, User
from vestnik.phones.display import mask_phone
from vestnik.phones.search import phone_range

SQL = Statements("vestnik.clients")
#: Phones in one transaction: their batches stay locked while it lasts (some 50 ms), and dispatchers wait.
CHUNK = 1_000
#: Phones that an audit entry names (masked).
_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The result of stopping phones: new entries, phones that were on the list already, and recalled messages."""

    added: int
    known: int
    recalled: Recalled


def stop_phones(*, phones: Sequence[int], reason: str, actor: User | None) -> Stopped:
    """Put phones on the stop list and recall their queued messages. Phones that are on it already stay as they are.

    After the return no audience has a message to send to them and queued messages are cancelled. Half a second later no
    dispatcher hands such a message over. A chunk of 1,000 phones is one transaction; repeating is safe.
    """
    wanted, reason = list(dict.fromkeys(phones)), clean_text(reason)
    added, recalled = 0, Recalled(0, 0, 0)
    for start in range(0, len(wanted), CHUNK):
        new, gone = _stop_chunk(wanted[start : start + CHUNK], reason, actor)
        added += new
        recalled = Recalled(*map(sum, zip(recalled, gone, strict=True)))
    return Stopped(added=added, known=len(wanted) - added, recalled=recalled)


def allow_phones(*, phones: Sequence[int], actor: User | None) -> int:
    """Take phones off the stop list. Recalled messages stay recalled. Return how many phones were on it.

    Raises:
        NotFound: none of them was.
    """
    with transaction.atomic():
        gone = list(StoppedPhone.objects.select_for_update().filter(phone_number__in=phones).order_by("id"))
        if not gone:
            raise NotFound(_("None of these phones is on the stop list."))
        StoppedPhone.objects.filter(id__in=[entry.id for entry in gone]).delete()
        _note("remove", [(entry.id, entry.phone_number) for entry in gone], actor, {})
    return len(gone)


def find_stopped(*, phone_prefix: str = "") -> QuerySet[StoppedPhone]:
    """The entries whose phone begins with ``phone_prefix`` (at most eleven digits)."""
    entries = StoppedPhone.objects.all()
    return entries.filter(phone_number__range=phone_range(phone_prefix)) if phone_prefix else entries


def get_stopped(*, phone: int) -> StoppedPhone:
    """The entry of a phone.

    Raises:
        NotFound: it is not on the list.
    """
    entry = StoppedPhone.objects.filter(phone_number=phone).first()
    if entry is None:
        raise NotFound(_("This phone is not on the stop list."))
    return entry


def _stop_chunk(phones: list[int], reason: str, actor: User | None) -> tuple[int, Recalled]:
    with transaction.atomic():
        lock_stop_list()
        name = SYSTEM if actor is None else actor.get_username()
        by = None if actor is None else actor.pk
        added = SQL.run(connection, "add_stopped", phones=phones, reason=reason, actor=by, actor_name=name)
        recalled = recall(phones=phones, why=ON_STOP_LIST)
        if added:
            _note("add", added, actor, {"reason": reason, "recalled": recalled._asdict()})
    return len(added), recalled


def _note(action: str, entries: Sequence[tuple[int, int]], actor: User | None, details: dict[str, object]) -> None:
    """One entry a decision; a phone is named masked, and found by the id of its entry."""
    named = [mask_phone(phone) for _, phone in entries[:_NAMED]]
    record(
        actor=actor,
        action=f"stop_list.{action}",
        object_type="stop_list",
        object_id=entries[0][0],
        details={"phones": len(entries), "first": named, **details},
    )
