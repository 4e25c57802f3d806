"""Work over a range of ids in slices, for as long as a page may take: the one place for how large a slice is.

Where the next slice begins is the whole state (:class:`Slices`), and the one who asks keeps it: a page, as a signed
text.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from django.core import signing

#: Ids of the first slice, and of the greatest. A client costs from 1 µs to some 0.1 ms, by the conditions.
FIRST_SLICE, MAX_SLICE = 2_000, 1_000_000
#: Seconds that a slice should take. The next one has as many ids as would take so long, but at most four times as many.
SLICE_SECONDS = 0.1
_GROWTH = 4
#: Seconds for which a signed state is good.
_GOOD_FOR = 3_600


@dataclass(slots=True, kw_only=True)
class Slices:
    """How far the work is.

    Args:
        first: the least id.
        begin: the id at which the work began: it goes from there to the end, and then from ``first`` on.
        limit: the greatest id when it began. Later ones are left out.
        place: where the next slice begins.
        slice: ids of the next slice.
        has_turned: whether the ids from ``begin`` on are done, so that those before it are left.
        spent: seconds so far.
        complete: whether all is done.
    """

    first: int = 1
    begin: int
    limit: int
    place: int
    slice: int
    has_turned: bool = False
    spent: float = 0.0
    complete: bool = False

    @property
    def percent(self) -> int:
        """The share of the ids that are done. It is 100 only when all are."""
        if self.complete:
            return 100
        done = self.limit + 1 - self.begin + self.place - self.first if self.has_turned else self.place - self.begin
        return min(99, done * 100 // (self.limit + 1 - self.first))


def go_on(
    slices: Slices, work: Callable[[int, int], None], *, seconds: float, clock: Callable[[], float] = monotonic
) -> None:
    """Do the next slices. Each id is in one of them.

    Args:
        slices: how far the work is. It is changed.
        work: does a slice: from an id on, up to another one that is not in it.
        seconds: no slice begins after so long, but at least as many ids are done as the next slice has: a small range
            is done at once, also on a busy machine. The last slices are smaller, so that it does not take much longer.
        clock: gives seconds.
    """
    began = now = clock()
    least = slices.slice
    while not slices.complete and (least > 0 or now - began < seconds):
        left = (seconds - (now - began)) / SLICE_SECONDS
        size = least if least > 0 else max(1, int(slices.slice * min(1.0, left)))
        end = slices.begin if slices.has_turned else slices.limit + 1
        beyond = min(slices.place + size, end)
        work(slices.place, beyond)
        least -= beyond - slices.place
        slices.place = beyond
        if beyond >= end:
            slices.complete = slices.has_turned or slices.begin <= slices.first
            slices.has_turned, slices.place = True, slices.first
        before, now = now, clock()
        wanted = size * SLICE_SECONDS / max(now - before, 1e-3)
        slices.slice = max(1, min(int(wanted), slices.slice * _GROWTH, MAX_SLICE))
    slices.spent += now - began


def signed(state: Mapping[str, Any], *, of: str, salt: str) -> str:
    """The text with which the work goes on.

    Args:
        state: as JSON has it.
        of: what the work depends on, such as the digest of a filter.
        salt: which work it is.
    """
    return signing.dumps({"of": of, "state": state}, salt=salt, compress=True)


def unsigned(text: str, *, of: str, salt: str) -> dict[str, Any] | None:
    """The state in a text; None: it is none of ours, too old, or of something else. Begin again then."""
    try:
        plain = signing.loads(text, salt=salt, max_age=_GOOD_FOR)
        return dict(plain["state"]) if plain["of"] == of else None
    except (signing.BadSignature, LookupError, TypeError):
        # Or it was given by another release.
        return None
