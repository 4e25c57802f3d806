"""Counts the clients that a filter matches in slices, so that a page is there at once, and the exact number soon after.

A million clients take a second, and conditions on last messages longer. The count so far and the place are the whole
state (:class:`AudienceCount`), and the page keeps it, as with the look at personal texts.
"""

import hashlib
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from time import monotonic

import orjson
from django.db import connection
from django.db.models import Max, Min

from vestnik.audience import slices
from vestnik.audience.earlier import SQL as EARLIER
from vestnik.audience.earlier import clients_between
from vestnik.audience.matching import SQL, Filter, matching
from vestnik.audience.preview import Audience, Recipient
from vestnik.audience.slices import Slices, go_on, signed, unsigned
from vestnik.clients.segments.conditions import Rule, conditions_as_json
from vestnik.db.clock import database_now
from vestnik.models import Client

_SALT = "vestnik.audience.audience_count"


@dataclass(slots=True, kw_only=True)
class AudienceCount(Slices):
    """What is known so far of the clients that a filter matches.

    The ids are those of clients, and the count begins at a random one: the sample is from there on. With an earlier
    mailing they are those of its messages, as of each phone it has one: a few failed ones among a million clients are
    found by what the few cost. That sample is of its first ones.

    Args:
        as_of: the time, in ISO 8601, from which the days of a segment are counted back. None without a segment.
        by_code: clients by operator code.
        by_zone: clients by time zone.
        stopped: phones on the stop list that match; they are counted nowhere else.
        sample: ids of the first clients that were found.
    """

    as_of: str | None
    by_code: dict[str, int] = field(default_factory=dict)
    by_zone: dict[str, int] = field(default_factory=dict)
    total: int = 0
    stopped: int = 0
    sample: list[int] = field(default_factory=list)

    @property
    def audience(self) -> Audience:
        """The clients that were counted."""
        by_code = {int(code): clients for code, clients in self.by_code.items()}
        return Audience(by_operator_code=by_code, by_timezone=self.by_zone, stopped=self.stopped)


def count_further(
    chosen: Filter, before: AudienceCount | None = None, *, seconds: float, most: int = 0, is_divided: bool = False,
    draw: random.Random | None = None, clock: Callable[[], float] = monotonic,
) -> AudienceCount:  # fmt: skip
    """Count the next clients. In the end the figures are those of :func:`vestnik.audience.preview.count_audience`.

    A client who is deleted or added meanwhile is counted once at most.

    Args:
        chosen: the filter.
        before: what the last call returned; None: this is the first one.
        seconds: no slice begins after so long, but so many ids are counted as the next slice has.
        most: clients of the sample.
        is_divided: whether to count by operator code and time zone. The state is some kilobytes larger then.
        draw: chooses where the count begins.
        clock: gives seconds.
    """
    count = before or _begun(chosen, draw or random.Random())  # noqa: S311 - a sample, not a secret
    if not count.complete:
        counter = _Counter(chosen, count, most=most, is_divided=is_divided)
        go_on(count, counter.count_slice, seconds=seconds, clock=clock)
    return count


def recipients_of(count: AudienceCount) -> list[Recipient]:
    """The clients of a count's sample. Those who were deleted meanwhile are left out."""
    rows = SQL.run(connection, "recipients_by_id", ids=count.sample) if count.sample else []
    return [Recipient(*row) for row in rows]


def token_of(chosen: Filter, count: AudienceCount) -> str:
    """The signed text with which a count goes on."""
    return signed(asdict(count), of=_digest(chosen), salt=_SALT)


def count_of(chosen: Filter, token: str) -> AudienceCount | None:
    """The count in a text; None: it is none of ours, too old, or of another filter. Begin again then."""
    plain = unsigned(token, of=_digest(chosen), salt=_SALT)
    try:
        return None if plain is None else AudienceCount(**plain)
    except TypeError:
        # It was given by another release.
        return None


def _begun(chosen: Filter, draw: random.Random) -> AudienceCount:
    as_of = None if chosen.segment is None else database_now().isoformat()
    if chosen.earlier is None:
        ends = Client.objects.aggregate(first=Min("id"), last=Max("id"))
        first, limit = ends["first"] or 1, ends["last"] or 0
        begin = draw.randint(first, max(limit, first))
    else:
        ((first, limit),) = EARLIER.run(connection, "ids_of_earlier", earlier=chosen.earlier.mailing)
        begin = first
    # By its module's name: a test makes slices small.
    size = slices.FIRST_SLICE
    return AudienceCount(
        first=first, begin=begin, limit=limit, place=begin, slice=size, complete=limit < first, as_of=as_of
    )  # fmt: skip


class _Counter:
    """Counts slices of one filter.

    Args:
        chosen: the filter.
        count: what is changed.
        most: clients of the sample.
        is_divided: whether to count by operator code and time zone.
    """

    def __init__(self, chosen: Filter, count: AudienceCount, *, most: int, is_divided: bool) -> None:
        self._earlier, self._count, self._most, self._is_divided = chosen.earlier, count, most, is_divided
        as_of = None if count.as_of is None else datetime.fromisoformat(count.as_of)
        self._matched = matching(
            connection, tags=chosen.tags, codes=chosen.codes, segment=chosen.segment, as_of=as_of
        )  # fmt: skip

    def count_slice(self, first: int, beyond: int) -> None:
        """Count the clients of a range of ids, and take some of them into the sample."""
        count = self._count
        if self._earlier is None:
            clients, span = {"clients": "vestnik_client c", "place": "c.id"}, {"first": first, "beyond": beyond}
            clients["in_slice"] = "c.id >= %(first)s AND c.id < %(beyond)s AND"
        else:
            between, span = clients_between(self._earlier, first, beyond)
            clients = {"clients": between, "place": "e.id", "in_slice": ""}
        fragments, values = {**clients, **self._matched.fragments}, {**span, **self._matched.values}
        statement = "count" if self._is_divided else "count_whole"
        before = count.total
        for code, zone, total, stopped in SQL.run(connection, statement, fragments, **values):
            count.total += total
            count.stopped += stopped
            if self._is_divided and total:
                count.by_code[str(code)] = count.by_code.get(str(code), 0) + total
                count.by_zone[zone] = count.by_zone.get(zone, 0) + total
        missing = self._most - len(count.sample)
        if count.total > before and missing > 0:
            rows = SQL.run(connection, "ids_of_slice", fragments, **values, most=missing)
            count.sample += [number for (number,) in rows]


def _digest(chosen: Filter) -> str:
    earlier = chosen.earlier
    parts = [
        chosen.tags, chosen.codes, earlier and [earlier.mailing, earlier.states, earlier.codes],
        chosen.segment and _as_json(chosen.segment),
    ]  # fmt: skip
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]


def _as_json(rule: Rule) -> list[object]:
    return [conditions_as_json(rule.include), rule.exclude and conditions_as_json(rule.exclude)]
