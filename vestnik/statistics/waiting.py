"""Mailings that wait for somebody's decision."""

from django.db.models import Q

from vestnik.mailings.creation import find_mailings
from vestnik.models import BooksCheck, Mailing, MailingState

#: Mailings that are looked for at most.
MOST = 200
_BY_AN_OPERATOR = "by an operator"


def held_mailings() -> list[Mailing]:
    """Mailings that a refused token or a restored backup holds back; not those that somebody paused."""
    live = find_mailings().filter(frozen_at=None)
    refused = Q(state=MailingState.PAUSED) & ~Q(pause_reason__in=("", _BY_AN_OPERATOR))
    restored = Q(state__in=(MailingState.PAUSED, MailingState.SCHEDULED), restored_at__isnull=False)
    return list(live.filter(refused | restored).order_by("end_time", "id")[:MOST])


def differing_mailings() -> list[tuple[Mailing, int]]:
    """Mailings whose books were found to differ from their messages, and in how many places."""
    counts = dict(BooksCheck.objects.filter(differences__gt=0).values_list("mailing_id", "differences")[:MOST])
    found = Mailing.objects.in_bulk(list(counts))
    return [(found[mailing], count) for mailing, count in counts.items() if mailing in found]
