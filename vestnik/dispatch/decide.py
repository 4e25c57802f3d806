"""Decides what an outcome means for a message, how long to wait before a retry, and when the gateway is down.

Pure decisions, tested as tables; nothing here touches the ledger or the network.
"""

import random
from collections import deque
from dataclasses import dataclass
from enum import Enum
from itertools import repeat

from vestnik.dispatch.brake import is_nonsense
from vestnik.gateways.limits import CONNECT_SECONDS
from vestnik.gateways.outcome import Kind, Outcome
from vestnik.models import MessageState

#: Answers that may be tried again before a message is given up. Outages and 429 burn none.
ANSWER_BUDGET = 10
#: Seconds: the first backoff, and the longest.
MIN_BACKOFF, MAX_BACKOFF = 0.5, 10.0
#: Seconds by which a timeout of the usual length may seem shorter than it is.
_CUT_MARGIN = 0.05
#: Transport failures in a row that open the breaker.
FAILURES_IN_A_ROW = 20
#: Seconds: the longest wait that is believed of a gateway (``Retry-After``). After it the gateway is asked again.
MAX_WAIT = 60.0
#: The breaker's reason then.
WAITS = "the gateway asked us to wait"
#: 5xx among the last answers that open the breaker.
LAST_ANSWERS, SERVER_ERRORS = 100, 90


@dataclass(frozen=True, slots=True)
class Verdict:
    """The new state of a message; ``QUEUED`` means that it is tried again."""

    state: MessageState
    in_doubt: bool
    burns: bool


class Doubt(Enum):
    """May an earlier attempt have been delivered? ``HERE``: over this gateway; ``ELSEWHERE``: over another one."""

    NONE = "none"
    HERE = "here"
    ELSEWHERE = "elsewhere"


def decide(outcome: Outcome, *, idempotent: bool, doubt: Doubt, answers: int) -> Verdict:
    """Decide what becomes of a message after ``outcome``.

    A refusal speaks for an earlier attempt only if this gateway knows that one by its id. Another gateway, or one that
    recognises nothing, refuses the repetition alone ("identical message today"), and the first may have been delivered.

    Args:
        outcome: what the gateway (or its absence) said.
        idempotent: the gateway recognises a repeated message id, so an ambiguous attempt may be repeated.
        doubt: what earlier attempts left.
        answers: how much of the retry budget is used.
    """
    match outcome.kind:
        case Kind.SUCCESS:
            return Verdict(MessageState.SENT, in_doubt=False, burns=False)
        case Kind.REFUSED:
            stays = not (doubt is Doubt.NONE or (doubt is Doubt.HERE and idempotent))
            state = MessageState.UNKNOWN if stays else MessageState.FAILED
            return Verdict(state, in_doubt=stays, burns=outcome.answered)
        case Kind.NOT_SENT | Kind.THROTTLED | Kind.UNAUTHORIZED:
            return Verdict(MessageState.QUEUED, in_doubt=doubt is not Doubt.NONE, burns=False)
        case Kind.AMBIGUOUS:
            # In doubt at two gateways, neither can settle it, and one mark could keep it at one of them only.
            spent = (outcome.answered and answers + 1 >= ANSWER_BUDGET) or doubt is Doubt.ELSEWHERE
            state = MessageState.QUEUED if idempotent and not spent else MessageState.UNKNOWN
            return Verdict(state, in_doubt=True, burns=outcome.answered)


def backoff(retries: int, *, chance: float | None = None) -> float:
    """Seconds to wait before attempt ``retries + 1``: doubling from 0.5 to 10, of which a random half.

    Args:
        retries: how often the batch came back already.
        chance: in [0, 1), for tests; random when absent.
    """
    whole = min(MAX_BACKOFF, MIN_BACKOFF * 2.0 ** min(retries, 20))
    jitter = random.random() if chance is None else chance  # noqa: S311 - spreads load, guards nothing
    return whole * (0.5 + 0.5 * jitter)


def was_cut(outcome: Outcome, latency: float, *, timeout: float) -> bool:
    """Return whether we cut this request early, at the end of its mailing: that says nothing about the gateway.

    Args:
        outcome: what came of it.
        latency: seconds since it was handed over.
        timeout: seconds that a request may usually take.
    """
    usual = timeout if outcome.kind is Kind.AMBIGUOUS else min(timeout, CONNECT_SECONDS)
    return outcome.code == "timeout" and latency < usual - _CUT_MARGIN


def believed_wait(outcome: Outcome, *, ignored: bool) -> float | None:
    """The seconds for which a message is held back because the gateway asked for it; None: not at all.

    Args:
        outcome: what came of its request.
        ignored: somebody has decided to ignore the gateway's requests to wait.
    """
    return None if ignored or outcome.retry_after is None else min(outcome.retry_after, MAX_WAIT)


def asks_for_long(outcome: Outcome) -> bool:
    """Return whether the gateway asks for a longer wait than is obeyed: this is not about one message."""
    return outcome.retry_after is not None and outcome.retry_after > MAX_WAIT


class BreakerWatch:
    """Watches outcomes and says when the gateway is down, or asks for a long wait."""

    __slots__ = ("_failures", "_last", "_waits", "ignores_waits")

    def __init__(self) -> None:
        self._failures = self._waits = 0
        self.ignores_waits = False
        self._last: deque[bool] = deque(maxlen=LAST_ANSWERS)

    def succeeded(self, number: int = 1) -> None:
        """So many definite good answers: the usual, cheap case."""
        self._failures = self._waits = 0
        self._last.extend(repeat(False, number))

    def observe(self, outcome: Outcome) -> str | None:
        """Note any other outcome. Return the reason if the breaker should open now."""
        self._waits = self._waits + 1 if asks_for_long(outcome) and not self.ignores_waits else 0
        if self._waits >= FAILURES_IN_A_ROW:
            self.reset()
            return WAITS
        if outcome.transport_failure and not is_nonsense(outcome):
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
        self._failures = self._waits = 0
        self._last.clear()
