"""What the statements of the ledger share: states by name, the nine counters, and the few conditions used by many."""

from collections.abc import Sequence
from typing import Any

from vestnik.db.statements import Fragment, Macro, Statements
from vestnik.models import MESSAGE_STATES, SENDING, BatchState, MessageState

_PACKAGE = "vestnik.ledger"
_READY, _DONE = f"'{BatchState.READY}'", f"'{BatchState.DONE}'"

#: ``{QUEUED}``, ``{SENT}`` …: the number that stands for the state of a message.
MESSAGE_NUMBERS: dict[str, str] = {state.name: str(int(state)) for state in MessageState}

#: For fragments that are made of files.
_PLAIN = Statements(_PACKAGE, **MESSAGE_NUMBERS)

#: The number that stands for the derived state, beside those of MessageState.
SENDING_NUMBER = 8

#: ``{logged_at:b.id}``: when message ``m`` of that batch was sent, as the log says; null: the log does not say so. For
#: statements about one mailing, the value ``mailing``: only its partition of the log is planned then. The second macro
#: is for all others.
LOGGED_AT = Macro(lambda batch: _PLAIN.text("logged_at", batch=batch, mailing="%(mailing)s"))
LOGGED_AT_IN_ANY = Macro(lambda batch: _PLAIN.text("logged_at", batch=batch, mailing="m.mailing_id"))

#: Is message ``m`` of batch ``b`` handed over without a recorded outcome? A condition.
_IS_GRANTED = _PLAIN.text("is_granted")
IS_SENDING = f"{_IS_GRANTED}AND {LOGGED_AT_IN_ANY:b.id} IS NULL"

#: ``{state_now:at}``: the number of the state that message ``m`` of batch ``b`` is in, the derived one included.
STATE_NOW = Macro(lambda at: _PLAIN.text("state_now", at=at, is_granted=_IS_GRANTED, SENDING=str(SENDING_NUMBER)))

#: ``{message_now:at}``: the columns of message ``m`` of batch ``b`` as it is now.
MESSAGE_NOW = Macro(lambda at: _PLAIN.text("message_now", at=at, state_now=f"{STATE_NOW:{at}}"))

#: The batch that message ``m`` belongs to, where no batch is at hand. SQL for its id.
BATCH_OF_MESSAGE = (
    "(SELECT x.id FROM vestnik_batch x WHERE x.mailing_id = m.mailing_id AND x.first_id <= m.id"
    " ORDER BY x.first_id DESC LIMIT 1)"
)


def _listed(words: Sequence[str]) -> Macro:
    """A pattern once for each of the words, which stand where it has a star."""
    return Macro(lambda pattern: ", ".join(pattern.replace("*", word) for word in words))


def _count_rows() -> str:
    numbers = {str(state.label): int(state) for state in MessageState}
    numbers[SENDING] = SENDING_NUMBER
    return ", ".join(f"count(*) FILTER (WHERE m.state = {numbers[word]})::int AS {word}" for word in MESSAGE_STATES)


#: ``{counters:b.*}`` is ``b.queued, b.sending, …``: all nine, in the order of ``MESSAGE_STATES``.
COUNTERS = _listed(MESSAGE_STATES)

#: What a file of the ledger may name in braces.
FRAGMENTS: dict[str, Fragment] = {
    **MESSAGE_NUMBERS,
    "is_granted": _IS_GRANTED,
    "is_sending": IS_SENDING,
    "logged_at": LOGGED_AT,
    "logged_at_in_any": LOGGED_AT_IN_ANY,
    "state_now": STATE_NOW,
    "batch_of_m": BATCH_OF_MESSAGE,
    "counters": COUNTERS,
    # The same without the two that are zero when a mailing is over.
    "final_counters": _listed([word for word in MESSAGE_STATES if word not in {"queued", SENDING}]),
    # Counts rows ``m``, whose ``state`` is the one of now, in each of the nine states, named like the counters.
    "counted": _count_rows(),
    # The state of a batch that nobody holds, by a condition: it has nothing left to send, or it has something.
    "done_if": Macro(lambda nothing_left: f"CASE WHEN {nothing_left} THEN {_DONE} ELSE {_READY} END"),
    "ready_if": Macro(lambda something_left: f"CASE WHEN {something_left} THEN {_READY} ELSE {_DONE} END"),
    # The same for a batch ``b`` that may be held: its holder ends its lease.
    "done_unless_leased_if": Macro(
        lambda nothing_left: f"CASE WHEN b.state = {_READY} AND {nothing_left} THEN {_DONE} ELSE b.state END"
    ),
    "lease_cleared": (
        "lease_token = NULL, lease_holder = '', leased_at = NULL, lease_expires_at = NULL, high_water = NULL"
    ),
}  # fmt: skip


SQL = Statements(_PACKAGE, **FRAGMENTS)


def columns(kind: type[tuple[Any, ...]], rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """Rows of a named tuple as one list for each of its fields, for a statement that unnests arrays."""
    names: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]
    turned = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in names]
    return dict(zip(names, turned, strict=True))
