"""What must hold after a fault: the ledger's rows against what the gateway received. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: Definite answers that did not process the message: it may always be sent again.
NOT_PROCESSED = frozenset(("429", "401", "403", "funds"))
#: Answers to an idempotent gateway's message after which it is given up as unknown.
ANSWER_BUDGET = 10

#: The connection was closed before the request was read: it is no receipt.
DROP = "drop"

QUEUED, SENT, FAILED, EXPIRED, CANCELLED, UNKNOWN = 0, 1, 4, 5, 6, 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One row of the ledger."""

    id: int
    state: int
    answers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What the fault excuses.

    ``in_doubt``: so many ids may have been on the network when their sender died or lost its lease.
    """

    idempotent: bool
    in_doubt: int = 0


@dataclass(slots=True, kw_only=True)
class Verdict:
    """The figures of one scenario. ``again``: ids received more than once; ``twice``: those that nothing excuses."""

    lost: int = 0
    again: int = 0
    twice: int = 0
    unknown: int = 0
    by_state: dict[int, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def verify(
    messages: Iterable[Message], received: Mapping[int, Mapping[str, Any]], expected: int, allowed: Allowed
) -> Verdict:
    """Compare every id.

    Args:
        messages: all rows of the mailing.
        received: what the gateway says of each id that it received.
        expected: how many messages the mailing must have.
        allowed: what the fault excuses.
    """
    verdict = Verdict()
    ids: set[int] = set()
    repeats = groundless = hidden = over_several = 0
    for message in messages:
        ids.add(message.id)
        verdict.by_state[message.state] = verdict.by_state.get(message.state, 0) + 1
        at_gateway = received.get(message.id)
        verdict.lost += _is_lost(message, at_gateway)
        verdict.again += at_gateway is not None and at_gateway["receipts"] > 1
        if at_gateway is not None and at_gateway.get("taken_by", 1) > 1:
            over_several += 1
        else:
            repeats += _is_repeated(at_gateway, idempotent=allowed.idempotent)
        groundless += message.state == UNKNOWN and not _has_ground(message, at_gateway, allowed)
        hidden += message.state in {FAILED, EXPIRED, CANCELLED} and bool(at_gateway and at_gateway["delivered"])
    verdict.lost += max(0, expected - len(ids)) + hidden
    verdict.unknown = verdict.by_state.get(UNKNOWN, 0)
    # A gateway knows its own repeats, but not what another one has taken: nothing excuses that.
    verdict.twice = over_several + (max(0, repeats - allowed.in_doubt) if allowed.idempotent else repeats)
    strangers = len(received.keys() - ids)
    for count, words in (
        (verdict.lost, "lost"),
        (hidden, "of them taken by the gateway, but failed, expired or cancelled in the ledger"),
        (verdict.twice, "sent twice without an excuse"),
        (over_several, "of them over several gateways"),
        (max(0, groundless - allowed.in_doubt), "unknown without a ground"),
        (strangers, "ids at the gateway that the ledger does not know"),
        (max(0, len(ids) - expected), "messages too many"),
    ):
        if count:
            verdict.problems.append(f"{count} {words}")
    return verdict


def together(received: Sequence[Mapping[int, Mapping[str, Any]]]) -> dict[int, Mapping[str, Any]]:
    """What several gateways say of each id, as if they were one.

    ``taken_by`` is added: at how many of them the message may have been delivered. More than one is sent twice.
    """
    found: dict[int, Mapping[str, Any]] = {}
    for of_gateway in received:
        for message, row in of_gateway.items():
            before, counted = found.get(message), {**row, "taken_by": int(_may_be_taken(row))}
            found[message] = counted if before is None else _added(before, counted)
    return found


def _may_be_taken(row: Mapping[str, Any]) -> bool:
    """Was any of what one gateway received not answered with "not processed"?"""
    refused = sum(times for fault, times in row["faults"].items() if fault in NOT_PROCESSED)
    return bool(row["delivered"] or row["receipts"] > refused)


def _added(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    faults = Counter(one["faults"]) + Counter(other["faults"])
    counted = {name: one[name] + other[name] for name in ("receipts", "accepted", "delivered", "taken_by")}
    return {**one, **counted, "faults": dict(faults), "last_at": max(one["last_at"], other["last_at"])}


def _is_lost(message: Message, at_gateway: Mapping[str, Any] | None) -> bool:
    """Not final, or called sent although the gateway has not said so."""
    return message.state == QUEUED or (message.state == SENT and not (at_gateway and at_gateway["accepted"]))


def _is_repeated(at_gateway: Mapping[str, Any] | None, *, idempotent: bool) -> bool:
    """Received again, although no answer before allowed it (where ``idempotent``, any fault does)."""
    if at_gateway is None or at_gateway["receipts"] < 2:
        return False
    faults: Mapping[str, int] = at_gateway["faults"]
    excused = sum(times for fault, times in faults.items() if fault != DROP and (idempotent or fault in NOT_PROCESSED))
    return bool(at_gateway["receipts"] - 1 > excused)


def _has_ground(message: Message, at_gateway: Mapping[str, Any] | None, allowed: Allowed) -> bool:
    """May this message be unknown, without counting among those that were in doubt?"""
    if allowed.idempotent:
        return message.answers >= ANSWER_BUDGET
    return at_gateway is not None and any(fault not in NOT_PROCESSED for fault in at_gateway["faults"])
