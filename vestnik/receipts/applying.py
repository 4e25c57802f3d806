"""Applies kept receipts to messages, many at once, each piece in one transaction."""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import psycopg

from vestnik.db.arrays import number_array, text_array
from vestnik.db.connection import Connection, first_line
from vestnik.db.statements import Statements
from vestnik.ledger.fragments import BATCH_OF
from vestnik.ledger.outcomes import Named
from vestnik.ledger.receipts import Target, apply_receipts, lock_for_receipts, name_by_receipts
from vestnik.models import MessageState
from vestnik.receipts.inbox import count

SQL = Statements("vestnik.receipts", batch_of=BATCH_OF)
#: Receipts of one piece, about. A piece takes some 200 ms, and its batches are locked meanwhile.
PIECE = 5_000
#: After a piece of fewer the next ones are gathered first: each piece costs some statements.
FEW = 500
#: Seconds after which a receipt without its message is an orphan, or one that is too early contradicts what it found.
PATIENCE = 86_400.0
#: Seconds: the first wait for a message's own outcome, and the longest.
MIN_WAIT, MAX_WAIT = 0.5, 600.0
#: Days for which receipts that could not be applied are kept.
KEPT_DAYS = 30

_ACCEPTED, _ON_ITS_WAY, _DELIVERED, _UNDELIVERED = range(4)
_ENDS = {_DELIVERED, _UNDELIVERED}
#: The number of the state that each fate leads to.
_TARGETS = tuple(map(int, (MessageState.SENT, MessageState.SENT, MessageState.DELIVERED, MessageState.UNDELIVERED)))
#: What a row can raise by what is in it: PostgreSQL or Python has no such value, or a constraint forbids it.
_OF_A_ROW = (psycopg.DataError, psycopg.IntegrityError, ValueError, TypeError, LookupError, ArithmeticError)
#: What came of receipts that are done: nothing is left of them but a count.
_DONE = frozenset(("applied", "same"))

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Taken:
    """A row of take_receipts.sql.

    ``provider_id``, ``named``: the provider's id and ours, as far as the receipt names them. ``at``: unix seconds, if
    it says when; ``received``: when it came; ``age``: seconds since then. The rest is what was found.
    """

    gateway: int
    provider_id: str | None
    named: int | None
    fate: int
    code: str
    words: str
    operator: str | None
    at: float | None
    received: float
    age: float
    mailing: int | None
    message: int
    batch: int | None
    part: int | None
    parts: int | None
    verdict: str = ""


@dataclass(slots=True)
class _Parts:
    """What a message in several parts has come to.

    ``whole``: the fate of the message; None: its parts do not say, since one has no name, and its receipt cannot come.
    ``fates``: of each part, by its number; None: nothing was said of it.
    """

    whole: int | None
    fates: dict[int, int | None]

    def verdict(self, receipt: _Taken) -> str:
        """What came of a receipt that says nothing about the message; empty: it does say something."""
        if receipt.part is not None and {receipt.fate, self.fates.get(receipt.part)} == _ENDS:
            return "contradiction"
        return "same" if self.whole is None else ""


def apply_due(connection: Connection, *, stopped: Callable[[], bool]) -> int:
    """Apply all receipts that are due, but the last few that have just come. Returns how many were looked at."""
    looked_at = 0
    while not stopped():
        piece = apply_piece(connection)
        looked_at += piece
        if piece < FEW:
            break
    return looked_at


def apply_piece(connection: Connection, most: int = PIECE) -> int:
    """Apply the next receipts that are due. It can be interrupted anywhere and repeated; several processes may do it.

    Args:
        connection: in no transaction.
        most: receipts; those that came together are taken together, so it may be some more.

    A receipt that cannot be applied, whatever is in it, is put aside. The others never wait for it.

    Returns how many were looked at.
    """
    try:
        return _take_and_apply(connection, most, _apply_all)
    except _OF_A_ROW as error:
        log.warning("a receipt cannot be applied, looking which: %s", first_line(error))
    return _take_and_apply(connection, most, _apply_halves)


def _take_and_apply(connection: Connection, most: int, apply: Callable[[Connection, list[_Taken]], None]) -> int:
    with connection.transaction():
        taken = [_Taken(*row) for row in SQL.run_binary(connection, "take_receipts", most=most)]
        batches = {each.batch: each.mailing for each in taken if each.batch is not None and each.mailing is not None}
        if batches:
            lock_for_receipts(connection, mailings=set(batches.values()), batches=batches)
        apply(connection, taken)
        counts = Counter([(receipt.gateway, receipt.verdict) for receipt in taken if receipt.verdict != "early"])
        count(connection, dict(counts))
    return len(taken)


def _apply_all(connection: Connection, taken: list[_Taken]) -> None:
    """Apply receipts whose batches are locked, write into each what came of it, and keep what is not done."""
    of: dict[tuple[int, int], list[_Taken]] = defaultdict(list)
    for receipt in taken:
        if receipt.mailing is None or receipt.batch is None:
            receipt.verdict = _without_message(receipt)
        else:
            of[receipt.mailing, receipt.gateway].append(receipt)
    for mailing, gateway in sorted(of):
        _apply(connection, mailing, of[mailing, gateway])
    _leave(connection, [receipt for receipt in taken if receipt.verdict not in _DONE])


def _apply_halves(connection: Connection, taken: list[_Taken]) -> None:
    """As :func:`_apply_all`, but each half for itself where both together fail, down to the receipt that does."""
    try:
        with connection.transaction():  # a savepoint
            _apply_all(connection, taken)
    except _OF_A_ROW as error:
        if len(taken) > 1:
            middle = len(taken) // 2
            _apply_halves(connection, taken[:middle])
            _apply_halves(connection, taken[middle:])
        else:
            log.warning("a receipt was put aside: %s", first_line(error), extra={"gateway": taken[0].gateway})
            taken[0].verdict = "bad"
            _leave(connection, [replace(taken[0], at=None)])


def next_due(connection: Connection) -> float | None:
    """Seconds until the next receipt is due; None: none waits."""
    ((seconds,),) = SQL.run(connection, "next_due")
    return None if seconds is None else float(seconds)


def forget_kept(connection: Connection, most: int = 10_000) -> None:
    """Delete receipts that could not be applied, a month after they came."""
    SQL.run(connection, "forget_kept", days=KEPT_DAYS, most=most)


def _apply(connection: Connection, mailing: int, receipts: list[_Taken]) -> None:
    """Apply the receipts of one mailing and gateway, and write into each what came of it."""
    _note_operators(connection, mailing, receipts)
    parts = _note_parts(connection, mailing, receipts)
    chosen: dict[int, tuple[int, _Taken]] = {}
    for receipt in receipts:
        fate = receipt.fate
        receipt.verdict = ""
        # What names the message itself speaks of all its parts.
        of_parts = parts.get((receipt.message, receipt.gateway)) if receipt.part is not None else None
        if of_parts is not None:
            receipt.verdict = of_parts.verdict(receipt)
            fate = fate if of_parts.whole is None else of_parts.whole
        before = chosen.get(receipt.message)
        if not receipt.verdict and (before is None or _says_more(fate, receipt, *before)):
            chosen[receipt.message] = fate, receipt
    # In the order of ids, as others lock them.
    targets = [_target(*chosen[message]) for message in sorted(chosen)]
    verdicts = apply_receipts(connection, targets, mailing=mailing) if targets else {}
    for receipt in receipts:
        if not receipt.verdict:
            receipt.verdict = _verdict_of(receipt, chosen, verdicts)
    _name(connection, mailing, receipts)


def _verdict_of(receipt: _Taken, chosen: dict[int, tuple[int, _Taken]], verdicts: dict[int, str]) -> str:
    came_of_it = verdicts.get(receipt.message)
    if came_of_it is None:  # its batch became a part of another one meanwhile, or it is gone
        return _without_message(receipt)
    return _verdict(receipt, *chosen[receipt.message], came_of_it)


def _name(connection: Connection, mailing: int, receipts: Iterable[_Taken]) -> None:
    """Keep the provider's names that receipts which fit say of messages of ours: others may come with these alone."""
    named: dict[int, Named] = {}
    for each in receipts:
        if each.part is None and each.provider_id and each.verdict in _DONE:
            named.setdefault(each.message, Named(mailing, each.message, 1, each.provider_id, each.operator))
            gateway = each.gateway
    if named:
        name_by_receipts(connection, list(named.values()), gateway=gateway)


def _says_more(fate: int, receipt: _Taken, known: int, chosen: _Taken) -> bool:
    """Does a receipt that makes ``fate`` of its message say more than ``chosen``, which makes ``known`` of it?

    The first end stays. Of parts that come to the same end, one that has come to it itself says why, and the last when.
    """
    if fate != known:
        return known < _DELIVERED and fate > known
    if receipt.fate != fate or (receipt.parts or 1) == 1:
        return False
    return chosen.fate != fate or (fate == _DELIVERED and _at(receipt) > _at(chosen))


def _at(receipt: _Taken) -> float:
    return receipt.received if receipt.at is None else receipt.at


def _without_message(receipt: _Taken) -> str:
    return "orphan" if receipt.age >= PATIENCE else "early"


def _verdict(receipt: _Taken, fate: int, chosen: _Taken, came_of_it: str) -> str:
    """What came of a receipt, of which ``chosen`` was the one that was applied to its message, as that fate."""
    if came_of_it == "early":
        return "early" if receipt.age < PATIENCE else "contradiction"
    if receipt is chosen:
        return "applied" if came_of_it == "moved" else came_of_it
    if came_of_it in {"moved", "same"}:
        opposite = {receipt.fate, fate} == _ENDS and receipt.parts in {None, 1}
        return "contradiction" if opposite else "same"
    return came_of_it


def _target(fate: int, receipt: _Taken) -> Target:
    """What to write. The reason of another part is not known here: its receipt came in another piece."""
    code, words = (receipt.code, receipt.words) if receipt.fate == fate else ("", "")
    return Target(
        receipt.message, receipt.batch or 0, receipt.gateway, _TARGETS[fate], code or "undelivered", words,
        said=receipt.at, received=receipt.received,
    )  # fmt: skip


def _note_parts(connection: Connection, mailing: int, receipts: Iterable[_Taken]) -> dict[tuple[int, int], _Parts]:
    """What each message in several parts has come to, by message and gateway."""
    best: dict[tuple[int, int, int], int] = {}
    for each in receipts:
        if each.part is not None and (each.parts or 1) > 1:
            key = each.message, each.gateway, each.part
            if key not in best or best[key] < min(_DELIVERED, each.fate):
                best[key] = each.fate
    if not best:
        return {}
    rows = SQL.run(
        connection, "note_parts", mailing=mailing,
        message=[message for message, _, _ in best], gateway=[gateway for _, gateway, _ in best],
        part=[part for _, _, part in best], fate=list(best.values()),
    )  # fmt: skip
    return {
        (message, gateway): _Parts(whole, dict(zip(parts, fates, strict=True)))
        for message, gateway, whole, parts, fates in rows
    }


def _note_operators(connection: Connection, mailing: int, receipts: Sequence[_Taken]) -> None:
    named = {(each.message, each.gateway): each.operator for each in receipts if each.operator}
    if named:
        SQL.run(
            connection, "note_operators", mailing=mailing, message=[message for message, _ in named],
            gateway=[gateway for _, gateway in named], operator=list(named.values()),
        )  # fmt: skip


def _leave(connection: Connection, left: Sequence[_Taken]) -> None:
    """Write down what waits, and what could not be applied."""
    if not left:
        return
    waits = [min(MAX_WAIT, max(MIN_WAIT, each.age)) if each.verdict == "early" else 0.0 for each in left]
    SQL.run(
        connection, "leave_receipts",
        gateway=number_array([each.gateway for each in left]),
        provider_id=text_array([each.provider_id for each in left]),
        message_id=number_array([each.named for each in left]),
        fate=number_array([each.fate for each in left]),
        code=text_array([each.code for each in left]),
        words=text_array([each.words for each in left]),
        operator=text_array([each.operator for each in left]),
        at=number_array([each.at for each in left]),
        received=number_array([each.received for each in left]),
        wait=number_array(waits),
        verdict=text_array(["" if each.verdict == "early" else each.verdict for each in left]),
    )  # fmt: skip
