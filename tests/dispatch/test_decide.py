"""What an outcome means for a message: the table of docs/explanation/design.md, Outcomes."""

import pytest

from vestnik.dispatch.decide import ANSWER_BUDGET, BreakerWatch, Doubt, Verdict, backoff, decide, was_cut
from vestnik.gateways.outcome import SUCCESS, Kind, Outcome
from vestnik.models import MessageState

Q, SENT, FAILED, UNKNOWN = MessageState.QUEUED, MessageState.SENT, MessageState.FAILED, MessageState.UNKNOWN


def outcome(
    kind: Kind, *, answered: bool = False, server_error: bool = False, transport_failure: bool = False
) -> Outcome:
    return Outcome(
        kind=kind, code="x", detail="y", retry_after=None,
        answered=answered, server_error=server_error, transport_failure=transport_failure,
    )  # fmt: skip


NOT_SENT = outcome(Kind.NOT_SENT, transport_failure=True)
THROTTLED = outcome(Kind.THROTTLED, answered=True)
UNAUTHORIZED = outcome(Kind.UNAUTHORIZED, answered=True)
REFUSED = outcome(Kind.REFUSED, answered=True)
TIMEOUT = outcome(Kind.AMBIGUOUS, transport_failure=True)
SERVER_ERROR = outcome(Kind.AMBIGUOUS, answered=True, server_error=True)


LAST = ANSWER_BUDGET - 1
#: The new state and whether doubt stays, by what is known before: over a strict gateway, and over one that knows a
#: repeated id, each with no doubt, with one at this gateway, and with one at another.
_F, _U, _UD = (FAILED, False), (UNKNOWN, True), (Q, True)
SAME, LATER = (SENT, False), [(Q, False), _UD, _UD]
TABLE: dict[str, tuple[Outcome, int, list[tuple[MessageState, bool]], list[tuple[MessageState, bool]], bool]] = {
    "success": (SUCCESS, 9, [SAME] * 3, [SAME] * 3, False),
    # A refusal settles an earlier doubt only where that attempt is known by its id: at the same gateway.
    "refused": (REFUSED, 3, [_F, _U, _U], [_F, _F, _U], True),
    # Not sent: again, at any gateway, for ever; an older doubt stays.
    "not sent": (NOT_SENT, LAST, LATER, LATER, False),
    "throttled": (THROTTLED, LAST, LATER, LATER, False),
    "unauthorized": (UNAUTHORIZED, LAST, LATER, LATER, False),
    # Ambiguous: again only where a repeated id is recognised, and no other gateway may have it as well.
    "timeout": (TIMEOUT, 99, [_U] * 3, [_UD, _UD, _U], False),
    "server error": (SERVER_ERROR, LAST - 1, [_U] * 3, [_UD, _UD, _U], True),
    # The budget is spent: it may have been delivered, so it is not failed.
    "server error, the last": (SERVER_ERROR, LAST, [_U] * 3, [_U] * 3, True),
}
CASES = [
    pytest.param(given, idempotent, doubt, answers, *state, burns, id=f"{name}, idempotent={idempotent}, {doubt.value}")
    for name, (given, answers, strict, knowing, burns) in TABLE.items()
    for idempotent, states in ((False, strict), (True, knowing))
    for doubt, state in zip(Doubt, states, strict=True)
]


@pytest.mark.parametrize(("given", "idempotent", "doubt", "answers", "state", "doubt_after", "burns"), CASES)
def test_the_outcome_decides_the_state(
    given: Outcome, idempotent: bool, doubt: Doubt, answers: int, state: MessageState, doubt_after: bool, burns: bool
) -> None:
    verdict = decide(given, idempotent=idempotent, doubt=doubt, answers=answers)
    assert verdict == Verdict(state, in_doubt=doubt_after, burns=burns)


def test_the_table_has_every_kind_of_outcome() -> None:
    assert {given.kind for given, *_ in TABLE.values()} == set(Kind)


@pytest.mark.parametrize(
    ("retries", "least", "most"), [(0, 0.25, 0.5), (1, 0.5, 1.0), (4, 4.0, 8.0), (5, 5.0, 10.0), (500, 5.0, 10.0)]
)
def test_backoff_doubles_to_ten_seconds_half_of_it_random(retries: int, least: float, most: float) -> None:
    assert backoff(retries, chance=0.0) == least
    assert backoff(retries, chance=1.0) == most
    assert least <= backoff(retries) <= most


def test_twenty_transport_failures_in_a_row_open_the_breaker_nineteen_and_a_success_do_not() -> None:
    watch = BreakerWatch()
    for _ in range(19):
        assert watch.observe(NOT_SENT) is None
    watch.succeeded()
    for _ in range(19):
        assert watch.observe(TIMEOUT) is None
    assert "20 requests in a row" in (watch.observe(TIMEOUT) or "")


def test_ninety_of_the_last_hundred_answers_being_5xx_open_the_breaker() -> None:
    watch = BreakerWatch()
    for _ in range(10):
        watch.succeeded()
    reasons = [watch.observe(SERVER_ERROR) for _ in range(90)]
    assert reasons[:-1] == [None] * 89
    assert "90 of the last 100" in (reasons[-1] or "")


def test_half_of_the_answers_being_5xx_do_not_open_it() -> None:
    watch = BreakerWatch()
    for _ in range(1_000):
        watch.succeeded()
        assert watch.observe(SERVER_ERROR) is None


def test_refusals_and_throttling_are_answers_and_do_not_open_it() -> None:
    watch = BreakerWatch()
    for _ in range(1_000):
        assert watch.observe(REFUSED) is None
        assert watch.observe(THROTTLED) is None


NO_ANSWER = Outcome(kind=Kind.AMBIGUOUS, code="timeout", detail="", transport_failure=True)
NO_CONNECTION = Outcome(kind=Kind.NOT_SENT, code="timeout", detail="", transport_failure=True)


@pytest.mark.parametrize(
    ("outcome", "latency", "cut"),
    [
        (NO_ANSWER, 1.2, True),
        (NO_ANSWER, 29.9, True),
        (NO_ANSWER, 29.999, False),
        (NO_ANSWER, 30.1, False),
        (NO_CONNECTION, 1.2, True),
        (NO_CONNECTION, 5.0, False),
        (NOT_SENT, 0.001, False),
        (SERVER_ERROR, 0.001, False),
    ],
)
def test_a_request_that_the_mailings_end_cut_says_nothing_of_the_gateway(
    outcome: Outcome, latency: float, cut: bool
) -> None:
    assert was_cut(outcome, latency, timeout=30.0) is cut
