"""What follows from an answer, as a pure function: done, again later, given up, or the endpoint is disabled."""

from dataclasses import dataclass
from enum import Enum, auto

#: Seconds between attempts: 75 hours and a half in all, the schedule that Standard Webhooks recommends.
DELAYS = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
#: Seconds: a failure after so long is the last.
GIVE_UP_SECONDS = 75 * 3_600.0
#: So many failures in a row, and the endpoint counts as down: it is tried with one event at a time, and not more often
#: than this. Its first and its longest pause in seconds.
DOWN_AFTER, FIRST_PAUSE, LONGEST_PAUSE = 3, 5.0, 300.0
#: Seconds that an endpoint may ask us to wait, at most: no longer than one that is down waits. A ``Retry-After`` of a
#: day is mostly a mistake, such as a proxy's (https://github.com/svix/svix-webhooks/pull/2203).
MAX_RETRY_AFTER = LONGEST_PAUSE
GONE = 410


class Next(Enum):
    """What becomes of a delivery."""

    DONE = auto()
    AGAIN = auto()
    GIVEN_UP = auto()
    GONE = auto()


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of the delivery, and after how many seconds it is tried again."""

    next: Next
    after: float = 0.0


def decide(*, status: int | None, retry_after: float | None, attempts: int, age: float) -> Decision:
    """Decide after an attempt.

    Args:
        status: of HTTP; None: there was no answer. Redirects are not followed, so they are failures.
        retry_after: seconds that the endpoint asked us to wait.
        attempts: how many were made of this delivery, with this one.
        age: seconds since the first one was due.
    """
    if status is not None and 200 <= status < 300:
        return Decision(Next.DONE)
    if status == GONE:
        return Decision(Next.GONE)
    if age >= GIVE_UP_SECONDS:
        return Decision(Next.GIVEN_UP)
    delay = DELAYS[min(attempts, len(DELAYS)) - 1]
    return Decision(Next.AGAIN, max(delay, min(retry_after or 0.0, MAX_RETRY_AFTER)))


def pause_of(*, failures: int, retry_after: float | None) -> float:
    """Return for how many seconds nothing at all is sent to an endpoint after so many failures in a row."""
    asked = min(retry_after or 0.0, MAX_RETRY_AFTER)
    if failures < DOWN_AFTER:
        return asked
    return max(asked, min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures - DOWN_AFTER, 10)))
