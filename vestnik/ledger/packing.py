"""Successes of one batch packed as a row of the log: a bit for each id of a range, and milliseconds."""

from collections.abc import Sequence
from typing import NamedTuple

#: Ids that a row may span, and milliseconds between its first success and its last. A flush has some hundred
#: milliseconds of one batch; what does not fit is written row by row.
MAX_SPAN, MAX_MILLISECONDS = 8_192, 32_767


class Sent(NamedTuple):
    """What a flush says of one batch: these messages were sent, each at so many unix seconds of the database's clock.

    ``flush``: its number in the lease, by which a repeated flush is known. ``attempt``: the batch's, of this lease.
    """

    batch: int
    attempt: int
    flush: int
    ids: Sequence[int]
    at: Sequence[float]


class Packed(NamedTuple):
    """A row of the log. ``ids``: a bit for each id from ``first_id`` on. ``after``: milliseconds after ``since``.

    ``since``: unix milliseconds. ``after`` is an array in PostgreSQL's words: one for each bit, in the order of ids.
    """

    batch: int
    attempt: int
    flush: int
    first_id: int
    ids: str
    since: int
    after: str


def pack(sent: Sent) -> Packed | None:
    """Pack successes; None: they do not fit into one row (far apart in ids or time, or one id twice)."""
    first, since = min(sent.ids), int(min(sent.at) * 1e3)
    span = max(sent.ids) - first + 1
    if span > MAX_SPAN or int(max(sent.at) * 1e3) - since > MAX_MILLISECONDS:
        return None
    # Each id's milliseconds in its place: faster than sorting, and a place that is taken shows at once.
    places: list[int | None] = [None] * span
    for message, at in zip(sent.ids, sent.at, strict=True):
        places[message - first] = int(at * 1e3) - since
    after = [str(place) for place in places if place is not None]
    if len(after) != len(sent.ids):
        return None
    bits = "".join(["0" if place is None else "1" for place in places])
    return Packed(sent.batch, sent.attempt, sent.flush, first, bits, since, "{" + ",".join(after) + "}")
