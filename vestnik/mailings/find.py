"""Finds mailings: all that were not deleted, those in a state or with some words, or one by its id."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from vestnik.db.rows import find_row
from vestnik.errors import NotFound
from vestnik.models import LIVE_STATES, Mailing, MailingState


def find_mailings(
    *, states: Collection[str] = (), starts_from: datetime | None = None, starts_before: datetime | None = None
) -> QuerySet[Mailing]:
    """The mailings that were not deleted.

    Args:
        states: in one of these only; empty: all.
        starts_from: whose start time is this or later.
        starts_before: whose start time is earlier.
    """
    found = Mailing.objects.filter(hidden_at=None)
    if states:
        found = found.filter(state__in=states)
    if starts_from is not None:
        found = found.filter(start_time__gte=starts_from)
    if starts_before is not None:
        found = found.filter(start_time__lt=starts_before)
    return found


def running_mailings(*, but: int | None = None) -> QuerySet[Mailing]:
    """The mailings that run; without ``but``, by its id."""
    running = _live(MailingState.RUNNING)
    return running if but is None else running.exclude(id=but)


def mailings_under_way() -> QuerySet[Mailing]:
    """The mailings that run or are paused: those that run first, then by id."""
    return _live(MailingState.RUNNING, MailingState.PAUSED).order_by("-state", "id")


def next_mailings() -> QuerySet[Mailing]:
    """The scheduled mailings, the next one to start first."""
    return _live(MailingState.SCHEDULED).order_by("start_time", "id")


def _live(*states: MailingState) -> QuerySet[Mailing]:
    # By the index of what is not over: few of very many.
    return find_mailings(states=states).filter(frozen_at=None)


def search_mailings(*, state: str, words: str) -> QuerySet[Mailing]:
    """The mailings in a state (empty: all) with some words in their name or text (empty: all)."""
    found = find_mailings()
    if state:
        found = found.filter(state=state)
    if state in LIVE_STATES:
        # By the index of what is not over: few of very many.
        found = found.filter(frozen_at=None)
    if words:
        found = found.filter(Q(name__icontains=words) | Q(message_text__icontains=words))
    return found


def get_mailing(*, mailing_id: int) -> Mailing:
    """The mailing with this id.

    Raises:
        NotFound: there is none, or it was deleted.
    """
    mailing = find_row(Mailing, id=mailing_id, hidden_at=None)
    if mailing is None:
        raise NotFound(_("There is no mailing with this id."))
    return mailing


def lock_mailing(*, mailing_id: int) -> Mailing:
    """The mailing with this id, as nobody else can change it until the transaction ends.

    Raises:
        NotFound: there is none, or it was deleted.
    """
    # NO KEY: the batches of an audience that is being built go on referring to it.
    mailing = find_mailings().select_for_update(no_key=True).filter(id=mailing_id).first()
    if mailing is None:
        raise NotFound(_("There is no mailing with this id."))
    return mailing
