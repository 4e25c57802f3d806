"""What an outcome means for a message, how long to wait before the next attempt, and when the gateway is down.

Pure decisions, tested as tables; nothing here touches the ledger or the network.
"""

import random
from collections import deque
from dataclasses import dataclass

from vestnik.gateway.limits import CONNECT_SECONDS
from vestnik.gateway.outcome import Kind, Outcome
from vestnik.models import MessageState

#: Answers that may be tried again before a message is given up. Outages and 429 burn none.
ANSWER_BUDGET = 10
#: Seconds: the first backoff, and the longest.
LEAST_BACKOFF, MOST_BACKOFF = 0.5, 10.0
#: Seconds by which a timeout of the usual length may seem shorter than it is.
_CUT_MARGIN = 0.05
#: Transport failures in a row that open the breaker.
FAILURES_IN_A_ROW = 20
#: 5xx among the last answers that open the breaker.
LAST_ANSWERS, SERVER_ERRORS = 100, 90


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to write on the message: ``QUEUED`` means "to be tried again"."""

    state: MessageState
    in_doubt: bool
    burns: bool


def decide(outcome: Outcome, *, idempotent: bool, in_doubt: bool, answers: int) -> Verdict:
    """Decide what becomes of a message after ``outcome``.

    Args:
        outcome: what the gateway (or its absence) said.
        idempotent: the gateway recognises a repeated message id, so an ambiguous attempt may be repeated.
        in_doubt: an earlier attempt may have been delivered.
        answers: how much of the retry budget is burnt.
    """
    match outcome.kind:
        case Kind.SUCCESS:
            return Verdict(MessageState.SENT, in_doubt=False, burns=False)
        case Kind.REFUSED:
            return Verdict(MessageState.FAILED, in_doubt=False, burns=outcome.answered)
        case Kind.NOT_SENT | Kind.THROTTLED | Kind.UNAUTHORIZED:
            return Verdict(MessageState.QUEUED, in_doubt=in_doubt, burns=False)
        case Kind.AMBIGUOUS:
            spent = outcome.answered and answers + 1 >= ANSWER_BUDGET
            state = MessageState.QUEUED if idempotent and not spent else MessageState.UNKNOWN
            return Verdict(state, in_doubt=True, burns=outcome.answered)


def backoff(retries: int, *, chance: float | None = None) -> float:
    """Seconds to wait before attempt ``retries + 1``: doubling from 0.5 to 10, of which a random half.

    Args:
        retries: how often the batch came back already.
        chance: in [0, 1), for tests; random when absent.
    """
    whole = min(MOST_BACKOFF, LEAST_BACKOFF * 2.0 ** min(retries, 20))
    jitter = random.random() if chance is None else chance  # noqa: S311 - spreads load, guards nothing
    return whole * (0.5 + 0.5 * jitter)


def was_cut(outcome: Outcome, latency: float, *, timeout: float) -> bool:
    """Did we end this request before its time, because its mailing or window ended? That says nothing of the gateway.

    Args:
        outcome: what came of it.
        latency: seconds since it was handed over.
        timeout: seconds that a request may usually take.
    """
    usual = timeout if outcome.kind is Kind.AMBIGUOUS else min(timeout, CONNECT_SECONDS)
    return outcome.code == "timeout" and latency < usual - _CUT_MARGIN


class BreakerWatch:
    """Sees outcomes go by and says when the gateway is down."""

    __slots__ = ("_failures", "_last")

    def __init__(self) -> None:
        self._failures = 0
        self._last: deque[bool] = deque(maxlen=LAST_ANSWERS)

    def succeeded(self) -> None:
        """A definite good answer: the usual, cheap case."""
        self._failures = 0
        self._last.append(False)

    def observe(self, outcome: Outcome) -> str | None:
        """Note any other outcome. Returns the reason when the breaker should open now."""
        if outcome.transport_failure:
            self._failures += 1
            if self._failures >= FAILURES_IN_A_ROW:
                self.reset()
                return f"{FAILURES_IN_A_ROW} requests in a row failed, the last with: {outcome.code}"
            return None
        self._failures = 0
        self._last.append(outcome.server_error)
        if outcome.server_error and sum(self._last) >= SERVER_ERRORS:
            self.reset()
            return f"at least {SERVER_ERRORS} of the last {LAST_ANSWERS} answers were {outcome.code}"
        return None

    def reset(self) -> None:
        """Forget all, after the breaker has opened or closed."""
        self._failures = 0
        self._last.clear()
