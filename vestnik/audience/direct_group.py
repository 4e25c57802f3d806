"""Accepts single messages of several requests at the same moment: with one look at limits, one batch and one commit."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from django.db import DataError, IntegrityError, transaction

from vestnik.accounts.tries import Limit, Taken, take_or_refuse
from vestnik.audience.direct import Accepted, SingleMessage, accepted_as, end_of, write
from vestnik.errors import InvalidInput, TooManyTries
from vestnik.ledger.direct import share_day
from vestnik.mailings.once import Claim, claim_keys, keep_answers, let_go
from vestnik.routing.text_limits import refuse_long_text

#: Makes the answer that is kept for an ``Idempotency-Key``.
Shown = Callable[[Accepted], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleCall:
    """A request to send one message.

    ``end``: what it says of its end; None: nothing. ``limit`` and ``bucket``: whose messages are counted. ``claim``:
    its ``Idempotency-Key``; None: it has none.
    """

    phone: int
    text: str
    end: datetime | None
    reference: str | None
    limit: Limit
    bucket: str
    claim: Claim | None


class Handled(NamedTuple):
    """What became of a call, once it is committed.

    ``accepted`` None: nothing was written for it, and it has to be handled by itself, which says why: its key was used
    before, its end or text is wrong, its phone has had too many messages today or is on the stop list.
    ``counted``: as what it was counted, to be given back if it is refused; or why it does not fit into the limit.
    """

    accepted: Accepted | None
    counted: Taken | TooManyTries


def accept_group(calls: Sequence[SingleCall], *, shown: Shown) -> list[Handled]:
    """Accept what can be accepted, in one transaction. The result of each call, in their order.

    A call that cannot leaves nothing behind and does no harm to the others.
    """
    counted = _count(calls)
    fit = [place for place, each in enumerate(counted) if isinstance(each, Taken)]
    accepted: dict[int, Accepted] = {}
    try:
        if fit:
            with transaction.atomic():
                accepted = _accept(calls, fit, shown)
    except (DataError, IntegrityError, UnicodeError):
        accepted = {}  # one of them cannot be written, and says so by itself; the others can
    return [Handled(accepted.get(place), each) for place, each in enumerate(counted)]


def _count(calls: Sequence[SingleCall]) -> list[Taken | TooManyTries]:
    """Count the messages of each account or key at once; only if they do not fit, one after the other."""
    counted: dict[int, Taken | TooManyTries] = {}
    by_bucket: dict[tuple[Limit, str], list[int]] = defaultdict(list)
    for place, call in enumerate(calls):
        by_bucket[call.limit, call.bucket].append(place)
    for (limit, bucket), places in by_bucket.items():
        together = take_or_refuse(limit, bucket, some=len(places))
        for place in places:
            if isinstance(together, Taken):
                counted[place] = replace(together, some=1)
            else:
                counted[place] = take_or_refuse(limit, bucket, some=1)
    return [counted[place] for place in range(len(calls))]


def _accept(calls: Sequence[SingleCall], places: Sequence[int], shown: Shown) -> dict[int, Accepted]:
    """Accept calls at these places. Keys are claimed before anything else is locked, as in `once`."""
    first = _first_with_their_key(calls, places)
    now = share_day()
    messages = _messages(calls, first, now)
    wanted = list(messages)
    written = write([messages[place] for place in wanted], keep_stopped=False)
    accepted = {wanted[nth]: accepted_as(row, messages[wanted[nth]]) for nth, row in written.items() if row.id}
    _keep({claim: accepted.get(place) for place in first if (claim := calls[place].claim) is not None}, shown)
    return accepted


def _first_with_their_key(calls: Sequence[SingleCall], places: Sequence[int]) -> list[int]:
    """Claim the keys. Those that have none, or were the first with theirs."""
    keyed = {place: claim for place in places if (claim := calls[place].claim) is not None}
    if not keyed:
        return list(places)
    free = claim_keys(list(keyed.values()))
    first: dict[tuple[int, str], int] = {}
    for place, claim in keyed.items():
        first.setdefault((claim.user, claim.key), place)
    owners = {place for key, place in first.items() if key in free}
    return [place for place in places if place not in keyed or place in owners]


def _messages(calls: Sequence[SingleCall], places: Sequence[int], now: datetime) -> dict[int, SingleMessage]:
    """The messages of the calls whose end is right. Those without an end have the same one, and so one batch."""
    messages = {}
    for place in places:
        call = calls[place]
        try:
            end = end_of(call.end, now)
            refuse_long_text(phone=call.phone, text=call.text)
        except InvalidInput:
            continue
        messages[place] = SingleMessage(phone=call.phone, text=call.text, end=end, reference=call.reference)
    return messages


def _keep(claimed: dict[Claim, Accepted | None], shown: Shown) -> None:
    answers = {claim: shown(accepted) for claim, accepted in claimed.items() if accepted is not None}
    if answers:
        keep_answers(answers)
    nothing = [claim for claim, accepted in claimed.items() if accepted is None]
    if nothing:
        let_go(nothing)
