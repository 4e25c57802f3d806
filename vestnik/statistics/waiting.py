"""Mailings that wait for somebody's decision."""

from collections.abc import Mapping
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from vestnik.mailings.creation import find_mailings
from vestnik.models import BooksCheck, Mailing, MailingState
from vestnik.statistics.books import Books

#: Mailings that are looked for at most.
MOST = 200
#: The share of failed and unknown messages from which somebody should look, and how long after the end.
TROUBLE, RECENT = 0.2, timedelta(days=1)
_BY_AN_OPERATOR = "by an operator"


def held_mailings() -> list[Mailing]:
    """Mailings that a refused token or a restored backup holds back; not those that somebody paused."""
    live = find_mailings().filter(frozen_at=None)
    refused = Q(state=MailingState.PAUSED) & ~Q(pause_reason__in=("", _BY_AN_OPERATOR))
    restored = Q(state__in=(MailingState.PAUSED, MailingState.SCHEDULED), restored_at__isnull=False)
    return list(live.filter(refused | restored).order_by("end_time", "id")[:MOST])


def troubled_mailings(live: Mapping[int, Books]) -> list[tuple[Mailing, float]]:
    """Mailings of which a fifth failed or is unknown: those that are not over, and those that ended within a day.

    Args:
        live: the books of mailings that are not over.

    Returns each with the share (0 to 1) of those messages that have an outcome.
    """
    found = find_mailings()
    ended = found.filter(finished_at__gt=Now() - RECENT, frozen_at__isnull=False).order_by("-finished_at")[:MOST]
    shares = [(mailing, bad_share(mailing.totals or {}, left=mailing.unknown_left)) for mailing in ended]
    bad = [mailing for mailing, books in live.items() if bad_share(books, left=0) >= TROUBLE]
    running = found.filter(id__in=bad[:MOST], frozen_at=None)
    shares += [(mailing, bad_share(live[mailing.id], left=mailing.unknown_left)) for mailing in running]
    return [(mailing, share) for mailing, share in shares if share >= TROUBLE]


def bad_share(books: Mapping[str, int], *, left: int) -> float:
    """Of the messages with an outcome of the gateway's, the share (0 to 1) that failed or is unknown.

    Args:
        books: how many messages are in each state.
        left: unknown ones that somebody has decided to leave as they are: nobody has to look at them again.
    """
    bad = books.get("failed", 0) + max(0, books.get("unknown", 0) - left)
    return bad / (bad + sum(books.get(state, 0) for state in ("sent", "delivered", "undelivered")) or 1)


def differing_mailings() -> list[tuple[Mailing, int]]:
    """Mailings whose books were found to differ from their messages, and in how many places."""
    counts = dict(BooksCheck.objects.filter(differences__gt=0).values_list("mailing_id", "differences")[:MOST])
    found = Mailing.objects.in_bulk(list(counts))
    return [(found[mailing], count) for mailing, count in counts.items() if mailing in found]
