"""The chaos suite's own judgement: what it would call lost, sent twice, unknown without a ground, out of balance."""

from collections.abc import Mapping
from typing import Any

import pytest

from chaos import stage
from chaos.totals import imbalance
from chaos.verify import Allowed, Message, Verdict, together, verify

QUEUED, SENT, FAILED, EXPIRED, UNKNOWN = 0, 1, 4, 5, 7


def received(message: int = 1, receipts: int = 1, **changes: Any) -> dict[int, dict[str, Any]]:
    usual = {"receipts": receipts, "accepted": 1, "delivered": 1, "faults": {}, "last_at": 0.0}
    return {message: usual | changes}


def judge(
    state: int, at_gateway: Mapping[int, Mapping[str, Any]], *, idempotent: bool, in_doubt: int = 0, answers: int = 0
) -> Verdict:
    message = Message(id=1, state=state, answers=answers)
    return verify([message], at_gateway, 1, Allowed(idempotent=idempotent, in_doubt=in_doubt))


@pytest.mark.parametrize("idempotent", [True, False])
def test_a_message_sent_once_and_accepted_is_no_problem(idempotent: bool) -> None:
    verdict = judge(SENT, received(), idempotent=idempotent)
    assert (verdict.problems, verdict.lost, verdict.twice, verdict.again, verdict.unknown) == ([], 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("state", "at_gateway"),
    [
        (QUEUED, {}),
        (SENT, {}),
        (SENT, received(accepted=0)),
        (FAILED, received()),
        (EXPIRED, received(accepted=0)),
    ],
)
def test_lost_is_what_is_not_final_not_accepted_or_hidden(state: int, at_gateway: dict[int, dict[str, Any]]) -> None:
    assert judge(state, at_gateway, idempotent=True).lost == 1
    assert judge(state, at_gateway, idempotent=False).problems


def test_a_missing_row_is_lost_and_a_stranger_at_the_gateway_is_a_problem() -> None:
    allowed = Allowed(idempotent=True)
    assert verify([], {}, 1, allowed).lost == 1
    assert verify([Message(id=1, state=SENT, answers=0)], received() | received(2), 1, allowed).problems


@pytest.mark.parametrize(
    ("faults", "idempotent", "in_doubt", "twice"),
    [
        ({}, True, 0, 1),
        ({}, True, 1, 0),
        ({}, False, 1, 1),
        ({"500": 1}, True, 0, 0),
        ({"500": 1}, False, 0, 1),
        ({"gone": 1}, False, 0, 1),
        ({"429": 1}, True, 0, 0),
        ({"429": 1}, False, 0, 0),
        ({"drop": 1}, True, 0, 1),
    ],
)
def test_twice_is_what_no_answer_before_allowed(
    faults: dict[str, int], idempotent: bool, in_doubt: int, twice: int
) -> None:
    verdict = judge(SENT, received(receipts=2, faults=faults), idempotent=idempotent, in_doubt=in_doubt)
    assert (verdict.twice, verdict.again, bool(verdict.problems)) == (twice, 1, bool(twice))


HANGS = received(accepted=0, delivered=0, faults={"hang": 1})
THROTTLES = received(accepted=0, delivered=0, faults={"429": 1})
NOT_READ = received(receipts=0, accepted=0, delivered=0, faults={"drop": 1})


@pytest.mark.parametrize("idempotent", [True, False])
@pytest.mark.parametrize(
    ("first", "twice"),
    [
        (HANGS, 1),
        (received(accepted=0, faults={"500": 1}), 1),
        (received(), 1),
        (THROTTLES, 0),
        (NOT_READ, 0),
        (received(receipts=2, accepted=0, delivered=0, faults={"429": 1, "hang": 1}), 1),
    ],
)
def test_what_a_gateway_may_have_taken_is_never_excused_over_another(
    first: dict[int, dict[str, Any]], twice: int, idempotent: bool
) -> None:
    """Neither gateway knows what the other has: no fault excuses it, and no death of a process."""
    verdict = judge(SENT, together([first, received()]), idempotent=idempotent, in_doubt=9)
    assert (verdict.twice, bool(verdict.problems)) == (twice, bool(twice))


@pytest.mark.parametrize(
    ("faults", "idempotent", "answers", "in_doubt", "grounded"),
    [
        ({}, False, 0, 0, False),
        ({}, False, 0, 1, True),
        ({"500": 1}, False, 0, 0, True),
        ({"429": 1}, False, 0, 0, False),
        ({"500": 9}, True, 9, 0, False),
        ({"500": 10}, True, 10, 0, True),
    ],
)
def test_unknown_needs_a_ground(
    faults: dict[str, int], idempotent: bool, answers: int, in_doubt: int, grounded: bool
) -> None:
    at_gateway = received(accepted=0, faults=faults, receipts=sum(faults.values()) or 1)
    verdict = judge(UNKNOWN, at_gateway, idempotent=idempotent, in_doubt=in_doubt, answers=answers)
    assert verdict.unknown == 1
    assert ("unknown without a ground" not in " ".join(verdict.problems)) is grounded


def totals(total: int, **states: int) -> dict[str, Any]:
    names = ("queued", "sending", "sent", "delivered", "undelivered", "failed", "expired", "cancelled", "unknown")
    by_state = dict.fromkeys(names, 0) | states
    return {
        "total_count": total,
        "by_state": by_state,
        "created_count": by_state["queued"],
        "processing_count": by_state["sending"],
        "complete_count": by_state["sent"] + by_state["delivered"],
        "error_count": total - by_state["queued"] - by_state["sending"] - by_state["sent"] - by_state["delivered"],
    }


def test_books_that_balance_are_no_problem_and_unknown_may_shrink() -> None:
    assert imbalance(totals(3, queued=1, sending=1, sent=1), None) is None
    assert imbalance(totals(3, sent=3), totals(3, sent=2, unknown=1)) is None


@pytest.mark.parametrize(
    ("sample", "before"),
    [
        (totals(3, queued=2), None),
        (totals(2, queued=3, sent=-1), None),
        (totals(3, queued=3) | {"created_count": 2}, None),
        (totals(2, sent=2), totals(3, sent=2, queued=1)),
        (totals(3, queued=2, sent=1), totals(3, queued=1, sent=2)),
    ],
)
def test_books_that_do_not_balance_are_seen(sample: dict[str, Any], before: dict[str, Any] | None) -> None:
    assert imbalance(sample, before)


def test_the_windows_of_suite_and_dispatcher_are_one() -> None:
    from vestnik.dispatch.dispatcher import WINDOW

    assert max(WINDOW, 2 * stage.CONCURRENCY) == stage.WINDOW
