"""Counts the clients of a segment in slices, so that a page has a number at once and the exact one when it is there.

A million clients take a second, and conditions on last messages longer. The count so far and the place are the whole
state (:class:`SegmentCount`), and the page keeps it, as with the look at personal texts.
"""

import hashlib
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

import orjson
from django.core import signing
from django.db import connection
from django.db.models import Max

from vestnik.audience.matching import SQL, Matching, matching
from vestnik.audience.preview import Recipient
from vestnik.clients.segments.conditions import Rule, conditions_as_json
from vestnik.db.clock import database_now
from vestnik.models import Client

#: Ids of the first slice, and of the greatest. A client costs from 1 µs to some 0.1 ms, by the conditions.
FIRST_SLICE, MAX_SLICE = 2_000, 1_000_000
#: Seconds that a slice should take. The next one has as many ids as would take so long, but at most four times as many.
SLICE_SECONDS = 0.1
_GROWTH = 4
_SALT = "vestnik.audience.segment_count"
#: Seconds for which a count may go on.
_GOOD_FOR = 3_600


@dataclass(slots=True, kw_only=True)
class SegmentCount:
    """What is known so far of a segment's clients.

    Args:
        begin: the id at which the count began, at random: the sample is from there on.
        limit: the greatest id of a client when it began.
        place: where the next slice begins.
        has_turned: whether the ids from ``begin`` on are done, so that those before it are left.
        as_of: the time, in ISO 8601, from which the days of the segment are counted back.
        slice: ids of the next slice.
        spent: seconds so far.
        complete: whether all were counted.
        total: clients that match, without those on the stop list.
        stopped: those that match and are on the stop list.
        sample: ids of the first clients that were found.
    """

    begin: int
    limit: int
    place: int
    as_of: str
    slice: int
    has_turned: bool = False
    spent: float = 0.0
    complete: bool = False
    total: int = 0
    stopped: int = 0
    sample: list[int] = field(default_factory=list)


def count_further(
    rule: Rule, before: SegmentCount | None = None, *, seconds: float, most: int = 0,
    draw: random.Random | None = None, clock: Callable[[], float] = monotonic,
) -> SegmentCount:  # fmt: skip
    """Count the next clients of a segment.

    Args:
        rule: its conditions.
        before: what the last call returned; None: this is the first one.
        seconds: no slice begins after so long; at least one is counted.
        most: clients of the sample.
        draw: chooses where the count begins.
        clock: gives seconds.
    """
    count = before or _begun(draw or random.Random())  # noqa: S311 - a sample, not a secret
    as_of = datetime.fromisoformat(count.as_of)
    matched = matching(connection, tags=None, codes=None, segment=rule, as_of=as_of)
    began = now = clock()
    while not count.complete and (now == began or now - began < seconds):
        _count_slice(count, matched, most)
        before_slice, now = now, clock()
        wanted = count.slice * SLICE_SECONDS / max(now - before_slice, 1e-3)
        count.slice = max(1, min(int(wanted), count.slice * _GROWTH, MAX_SLICE))
    count.spent += now - began
    return count


def recipients_of(count: SegmentCount) -> list[Recipient]:
    """The clients of a count's sample. Those who were deleted meanwhile are left out."""
    rows = SQL.run(connection, "recipients_by_id", ids=count.sample) if count.sample else []
    return [Recipient(*row) for row in rows]


def token_of(rule: Rule, count: SegmentCount) -> str:
    """The signed text with which a count goes on."""
    return signing.dumps({"of": _digest(rule), "count": asdict(count)}, salt=_SALT, compress=True)


def count_of(rule: Rule, token: str) -> SegmentCount | None:
    """The count in a text; None: it is none of ours, too old, or of other conditions. Begin again then."""
    try:
        plain: dict[str, Any] = signing.loads(token, salt=_SALT, max_age=_GOOD_FOR)
        return SegmentCount(**plain["count"]) if plain["of"] == _digest(rule) else None
    except (signing.BadSignature, LookupError, TypeError):
        # Or it was given by another release.
        return None


def _begun(draw: random.Random) -> SegmentCount:
    limit = Client.objects.aggregate(last=Max("id"))["last"] or 0
    begin = draw.randint(1, max(limit, 1))
    return SegmentCount(
        begin=begin, limit=limit, place=begin, as_of=database_now().isoformat(), slice=FIRST_SLICE, complete=not limit
    )  # fmt: skip


def _count_slice(count: SegmentCount, matched: Matching, most: int) -> None:
    end = count.begin if count.has_turned else count.limit + 1
    span = {"first": count.place, "beyond": min(count.place + count.slice, end)}
    ((total, stopped),) = SQL.run(connection, "count_slice", matched.fragments, **matched.values, **span)
    count.total += total
    count.stopped += stopped
    missing = most - len(count.sample)
    if total and missing > 0:
        rows = SQL.run(connection, "ids_of_slice", matched.fragments, **matched.values, **span, most=missing)
        count.sample += [number for (number,) in rows]
    count.place = span["beyond"]
    if count.place >= end:
        count.complete = count.has_turned or count.begin <= 1
        count.has_turned, count.place = True, 1


def _digest(rule: Rule) -> str:
    parts = [conditions_as_json(rule.include), rule.exclude and conditions_as_json(rule.exclude)]
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]
