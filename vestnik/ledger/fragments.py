"""What the statements of the ledger share: states by name, the nine counters, and the few conditions used by many."""

from collections.abc import Sequence
from typing import Any

from vestnik.db.statements import Fragment, Macro, Statements
from vestnik.ledger.packing import MAX_MILLISECONDS
from vestnik.models import MESSAGE_EVENTS, MESSAGE_STATES, SENDING, BatchState, MessageState

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
#: ``{logged_gateway:b.id}``: over which gateway, null for the default one, and ``{logged_over:b.id}``, 1 for it; for
#: the same statements.
LOGGED_GATEWAY = Macro(lambda batch: _PLAIN.text("logged_gateway", batch=batch, mailing="%(mailing)s"))
LOGGED_OVER = Macro(lambda batch: _PLAIN.text("logged_over", batch=batch, mailing="%(mailing)s"))
LOGGED_AT_IN_ANY = Macro(lambda batch: _PLAIN.text("logged_at", batch=batch, mailing="m.mailing_id"))


def _goes_over(gateway: str) -> str:
    """May message ``m`` of batch ``b`` go over this gateway? A condition. ``gateway``: SQL."""
    return _PLAIN.text("goes_over", gateway=gateway, only="b.only_bound", leased_at="b.leased_at")


#: Is message ``m`` of batch ``b`` handed over without a recorded outcome? A condition.
_IS_GRANTED = _PLAIN.text(
    "is_granted",
    goes_over=_goes_over("coalesce(b.gateway_id, 1)"),
)
IS_SENDING = f"{_IS_GRANTED}AND {LOGGED_AT_IN_ANY:b.id} IS NULL"

#: ``{state_now:at}``: the number of the state that message ``m`` of batch ``b`` is in, the derived one included.
STATE_NOW = Macro(lambda at: _PLAIN.text("state_now", at=at, is_granted=_IS_GRANTED, SENDING=str(SENDING_NUMBER)))

#: ``{message_now:at}``: the columns of message ``m`` of batch ``b`` as it is now.
MESSAGE_NOW = Macro(lambda at: _PLAIN.text("message_now", at=at, state_now=f"{STATE_NOW:{at}}"))

#: ``{gateway_now:…}``: the id of the gateway that message ``m`` of batch ``b`` went over last; null: none has had it.
#: It is made of an expression for what the log says; ``l.at`` is when the log says that it was sent.
GATEWAY_NOW = Macro(lambda over: _PLAIN.text("gateway_now", over=over))
#: The same for a message looked up by itself: in a statement about one mailing, and in any other.
GATEWAY_OF_ONE = f"{GATEWAY_NOW:{LOGGED_OVER:b.id}}"
GATEWAY_OF_ANY = f"{GATEWAY_NOW:{_PLAIN.text('logged_over', batch='b.id', mailing='m.mailing_id')}}"
#: The same for many messages of a batch, most logs having one gateway: ``o.only_over`` is ``{only_over}`` of the batch.
GATEWAY_OF_MANY = f"{GATEWAY_NOW:coalesce(o.only_over, {LOGGED_OVER:b.id})}"
ONLY_OVER = _PLAIN.text("only_over")

#: Milliseconds that a row of the log may cover.
_SLOT = str(MAX_MILLISECONDS + 1)

#: ``{worth_folding:%(mailing)s}``: is batch ``b`` of that mailing done, with a log that a fold makes much smaller?
WORTH_FOLDING = Macro(lambda mailing: _PLAIN.text("worth_folding", mailing=mailing, SLOT=_SLOT))

#: The batch that message ``m`` belongs to, where no batch is at hand. SQL for its id.
BATCH_OF_MESSAGE = (
    "(SELECT x.id FROM vestnik_batch x WHERE x.mailing_id = m.mailing_id AND x.first_id <= m.id"
    " ORDER BY x.first_id DESC LIMIT 1)"
)

#: ``{batch_of:id}``: the row of the batch that has the message with this id, whatever its mailing is. A query.
BATCH_OF = Macro(lambda message: _PLAIN.text("batch_of", message=message))


def _listed(words: Sequence[str]) -> Macro:
    """A pattern once for each of the words, which stand where it has a star."""
    return Macro(lambda pattern: ", ".join(pattern.replace("*", word) for word in words))


def _count_rows() -> str:
    numbers = {str(state.label): int(state) for state in MessageState}
    numbers[SENDING] = SENDING_NUMBER
    return ", ".join(f"count(*) FILTER (WHERE m.state = {numbers[word]})::int AS {word}" for word in MESSAGE_STATES)


#: ``{counters:b.*}`` is ``b.queued, b.sending, …``: all nine, in the order of ``MESSAGE_STATES``.
COUNTERS = _listed(MESSAGE_STATES)

#: How many messages of mailing ``m`` are in each state, by gateway: rows to be added up.
GATEWAY_PARTS = _PLAIN.text("gateway_parts")

#: How many SMS parts message ``m`` is. The statement has the value ``own_parts``.
PARTS_NOW = _PLAIN.text("parts_now")

#: The gateways that take messages now, and the rules as they hold now.
GATEWAYS_UP, RULES = _PLAIN.text("gateways_up"), _PLAIN.text("rules")
#: The rules that nothing can be sent by, until somebody puts a gateway back.
STUCK_RULES = _PLAIN.text("stuck_rules", rules=RULES)

#: Does any endpoint want events of messages? A condition.
TOLD_WANTED = _PLAIN.text("told_wanted", MESSAGE_EVENTS=", ".join(f"'{kind}'" for kind in MESSAGE_EVENTS.values()))

#: What a file of the ledger may name in braces.
FRAGMENTS: dict[str, Fragment] = {
    **MESSAGE_NUMBERS,
    "is_granted": _IS_GRANTED,
    "is_sending": IS_SENDING,
    # May message m of batch b be sent over the gateway that a statement is told?
    "goes_over_this": _goes_over("%(gateway)s"),
    "doubt_elsewhere": _PLAIN.text("doubt_elsewhere"),
    "logged_at": LOGGED_AT,
    "logged_over": LOGGED_OVER,
    "logged_entry": Macro(lambda batch: _PLAIN.text("logged_entry", batch=batch, mailing="%(mailing)s")),
    "again": _PLAIN.text("again", logged_at=LOGGED_AT),
    "told_wanted": TOLD_WANTED,
    # The rows that a part of the statement has changed, with ``mailing_id``, ``id`` and ``state``, become events.
    "tell": Macro(lambda rows: _PLAIN.text("tell", rows=rows, told_wanted=TOLD_WANTED)),
    # The same rows, with ``gateway_id`` and ``code``, are counted for the last hour of their gateway.
    "noted": Macro(lambda rows: _PLAIN.text("noted", rows=rows)),
    "gateways_up": GATEWAYS_UP,
    "rules": RULES,
    "takeable": _PLAIN.text("takeable"),
    "in_use": _PLAIN.text("in_use"),
    "logged_at_in_any": LOGGED_AT_IN_ANY,
    "state_now": STATE_NOW,
    "worth_folding": WORTH_FOLDING,
    "SLOT": _SLOT,
    "batch_of_m": BATCH_OF_MESSAGE,
    "counters": COUNTERS,
    "gateway_parts": GATEWAY_PARTS,
    "parts_now": PARTS_NOW,
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
        "lease_token = NULL, lease_holder = '', leased_at = NULL, lease_expires_at = NULL, high_water = NULL,"
        " only_bound = NULL"
    ),
}  # fmt: skip


SQL = Statements(_PACKAGE, **FRAGMENTS)


def columns(kind: type[tuple[Any, ...]], rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """Rows of a named tuple as one list for each of its fields, for a statement that unnests arrays."""
    names: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]
    turned = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in names]
    return dict(zip(names, turned, strict=True))
