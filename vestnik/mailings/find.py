"""Finds mailings: all that were not deleted, those in a state or with some words, or one by its id."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from vestnik.db.pages import PageRequest, fetch_page_by
from vestnik.db.rows import find_row
from vestnik.errors import NotFound, StateForbids
from vestnik.models import LIVE_STATES, Mailing, MailingKind, MailingState

#: What lists show unless asked: no mailings that hold single messages.
BULK = (MailingKind.BULK,)


def find_mailings(
    *,
    states: Collection[str] = (),
    starts_from: datetime | None = None,
    starts_before: datetime | None = None,
    kinds: Collection[str] = (),
) -> QuerySet[Mailing]:
    """The mailings that were not deleted.

    Args:
        kinds: of one of these kinds only; empty: all.
        states: in one of these only; empty: all.
        starts_from: whose start time is this or later.
        starts_before: whose start time is earlier.
    """
    found = Mailing.objects.filter(hidden_at=None)
    if states:
        found = found.filter(state__in=states)
    if kinds:
        found = found.filter(kind__in=kinds)
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
    return find_mailings(states=states, kinds=BULK).filter(frozen_at=None)


def search_mailings(
    *,
    state: str,
    words: str,
    author: str = "",
    starts_from: datetime | None = None,
    starts_before: datetime | None = None,
) -> QuerySet[Mailing]:
    """The mailings in a state, with some words in their name or text, of an author, by their start time.

    An empty text means all. ``author`` is the name of an account, in any case.
    """
    found = find_mailings(starts_from=starts_from, starts_before=starts_before, kinds=BULK)
    found = found.select_related("created_by")
    if state:
        found = found.filter(state=state)
    if state in LIVE_STATES:
        # By the index of what is not over: few of very many.
        found = found.filter(frozen_at=None)
    if author:
        found = found.filter(created_by__username__iexact=author)
    if words:
        found = found.filter(Q(name__icontains=words) | Q(message_text__icontains=words))
    return found


def mailings_with(*, ids: Collection[int]) -> dict[int, Mailing]:
    """The mailings with these ids, by id. Deleted ones are left out."""
    return find_mailings().in_bulk(list(ids))


def not_scheduled(found: QuerySet[Mailing]) -> QuerySet[Mailing]:
    """Those that have started, or were cancelled before."""
    return found.exclude(state=MailingState.SCHEDULED)


def scheduled_of(found: QuerySet[Mailing]) -> QuerySet[Mailing]:
    """Those that are scheduled, by the index of what is not over."""
    return found.filter(state=MailingState.SCHEDULED, frozen_at=None)


def scheduled_first(found: QuerySet[Mailing], *, most: int) -> list[Mailing]:
    """The scheduled ones, the next one to start first: ``most`` of them, and one more if there are more."""
    return list(scheduled_of(found).order_by("start_time", "id")[: most + 1])


def scheduled_with_segment(segment_id: int, *, most: int) -> list[Mailing]:
    """At most ``most`` scheduled mailings that have a copy of a segment, the next one to start first."""
    return list(next_mailings().filter(segment__id=segment_id)[:most])


def page_by_start(found: QuerySet[Mailing], page: PageRequest) -> list[Mailing]:
    """The mailings that a page shows, by their start time and id, and one more if there are more.

    The page's cursor is the id of a mailing. Its order is the page's: ascending, or descending.
    """
    return fetch_page_by(found, page, column="start_time", edges=Mailing.objects.all())


def get_mailing(*, mailing_id: int) -> Mailing:
    """The mailing with this id.

    Raises:
        NotFound: there is none, or it was deleted.
    """
    mailing = find_row(Mailing, id=mailing_id, hidden_at=None)
    if mailing is None:
        raise NotFound(_("There is no mailing with this id."))
    return mailing


def forbid_direct(mailing: Mailing) -> None:
    """Refuse what is not done to a mailing that holds single messages.

    Raises:
        StateForbids: it is one.
    """
    if mailing.kind == MailingKind.DIRECT:
        raise StateForbids(_("This mailing contains the single messages of a day, so this action is not available."))


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
