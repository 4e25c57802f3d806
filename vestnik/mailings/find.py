"""Finds mailings: all that were not deleted, those in a state or with some words, or one by its id."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from vestnik.db.rows import find_row
from vestnik.errors import NotFound
from vestnik.models import LIVE_STATES, Mailing


def find_mailings() -> QuerySet[Mailing]:
    """All mailings that were not deleted."""
    return Mailing.objects.filter(hidden_at=None)


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
