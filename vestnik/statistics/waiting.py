"""Mailings that wait for somebody's decision: one answer for console, doctor, metrics and report."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Now

from vestnik.mailings.find import find_mailings
from vestnik.mailings.unknown import decidable_mailings, is_decidable
from vestnik.models import Mailing, TotalsCheck
from vestnik.statistics.totals import Totals

#: Mailings that are looked for at most.
MAX = 200
#: The share of failed and unknown messages from which somebody should look, and how long after the end.
TROUBLE, RECENT = 0.2, timedelta(days=1)


def count_undecided(mailing: Mailing, totals: Mapping[str, int], now: datetime) -> int:
    """The number of unknown messages that wait for a decision; 0 if nobody can decide any more."""
    return _left_to_decide(mailing, totals) if is_decidable(mailing, now) else 0


def undecided_mailings(live: Mapping[int, Totals]) -> list[tuple[Mailing, int]]:
    """All mailings with undecided messages, and their number; those that end first come first.

    Args:
        live: the totals of mailings that are not over.
    """
    with_unknown = [mailing for mailing, totals in live.items() if totals["unknown"]]
    frozen = Q(frozen_at__isnull=False, totals__unknown__gt=0)
    found = decidable_mailings().filter(Q(id__in=with_unknown, frozen_at=None) | frozen).order_by("end_time", "id")
    # An open start page asks every second: without the texts and filters 300 such mailings take 2 ms instead of 15.
    found = found.only("end_time", "frozen_at", "totals", "unknown_left")
    counts = [
        (each, _left_to_decide(each, live.get(each.id, {}) if each.frozen_at is None else each.totals or {}))
        for each in found
    ]
    return [(mailing, count) for mailing, count in counts if count]


def troubled_mailings(live: Mapping[int, Totals]) -> list[tuple[Mailing, float]]:
    """Mailings of which a fifth failed or is unknown: those that are not over, and those that ended within a day.

    Args:
        live: the totals of mailings that are not over.

    Returns each with the share (0 to 1) of those messages that have an outcome.
    """
    found = find_mailings()
    ended = found.filter(finished_at__gt=Now() - RECENT, frozen_at__isnull=False).order_by("-finished_at")[:MAX]
    shares = [(mailing, bad_share(mailing.totals or {}, left=mailing.unknown_left)) for mailing in ended]
    bad = [mailing for mailing, totals in live.items() if bad_share(totals, left=0) >= TROUBLE]
    running = found.filter(id__in=bad[:MAX], frozen_at=None)
    shares += [(mailing, bad_share(live[mailing.id], left=mailing.unknown_left)) for mailing in running]
    return [(mailing, share) for mailing, share in shares if share >= TROUBLE]


def bad_share(totals: Mapping[str, int], *, left: int) -> float:
    """The share (0 to 1) of failed and unknown messages among those with an outcome of the gateway.

    Args:
        totals: how many messages are in each state.
        left: unknown ones that somebody has decided to leave as they are: nobody has to look at them again.
    """
    bad = totals.get("failed", 0) + max(0, totals.get("unknown", 0) - left)
    return bad / (bad + sum(totals.get(state, 0) for state in ("sent", "delivered", "undelivered")) or 1)


def differing_mailings() -> list[tuple[Mailing, int]]:
    """Mailings whose totals were found to differ from their messages, and in how many places."""
    counts = dict(TotalsCheck.objects.filter(differences__gt=0).values_list("mailing_id", "differences")[:MAX])
    found = Mailing.objects.in_bulk(list(counts))
    return [(found[mailing], count) for mailing, count in counts.items() if mailing in found]


def _left_to_decide(mailing: Mailing, totals: Mapping[str, int]) -> int:
    return max(0, totals.get("unknown", 0) - mailing.unknown_left)
