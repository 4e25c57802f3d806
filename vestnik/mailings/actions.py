"""Pause, resume, cancel and delete: each is one conditional UPDATE of the mailing, and the rest follows from it."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.accounts.audit import record
from vestnik.errors import StateForbids
from vestnik.mailings.find import find_mailings, forbid_direct, get_mailing
from vestnik.mailings.pauses import pause_sentence
from vestnik.mailings.wake import wake_all
from vestnik.models import (
    LIVE_STATES,
    MESSAGE_STATES,
    GatewayState,
    Mailing,
    MailingState,
    PauseCode,
    User,
    states_that_lead_to,
)

#: No pause, so no reason for one.
_NO_PAUSE = {"pause_code": "", "pause_answer": "", "pause_detail": "", "pause_reason": ""}


def pause(*, mailing_id: int, actor: User | None) -> Mailing:
    """Pause a mailing; dispatchers see it with their next flush, within half a second.

    Raises:
        NotFound: there is no such mailing.
        StateForbids: it does not run.
    """
    forbid_direct(get_mailing(mailing_id=mailing_id))
    changes = {
        "state": MailingState.PAUSED,
        **_NO_PAUSE,
        "pause_code": PauseCode.OPERATOR,
        "pause_reason": pause_sentence(PauseCode.OPERATOR),
    }
    return _act("pause", mailing_id, actor, (MailingState.RUNNING,), changes)


def resume(*, mailing_id: int, actor: User | None) -> Mailing:
    """Continue a paused mailing. One held back by a restored backup before its start may start by itself again.

    Raises:
        NotFound: there is no such mailing.
        StateForbids: it is not paused.
    """
    with transaction.atomic():
        if _release_scheduled(mailing_id):
            _note("resume", mailing_id, actor)
            return get_mailing(mailing_id=mailing_id)
    changes = {"state": MailingState.RUNNING, **_NO_PAUSE, "resumed_at": Now(), "restored_at": None}
    with transaction.atomic():
        resumed = _act("resume", mailing_id, actor, (MailingState.PAUSED,), changes)
        # Whatever made it pause may still be so: dispatchers show the gateway a few messages first.
        GatewayState.objects.update(careful_since=Now(), careful_bad=0)
    return resumed


def cancel(*, mailing_id: int, actor: User | None) -> Mailing:
    """Cancel a mailing: queued messages are never sent.

    Raises:
        NotFound: there is no such mailing.
        StateForbids: it is over.
    """
    forbid_direct(get_mailing(mailing_id=mailing_id))
    with transaction.atomic():
        if _cancel_unstarted(mailing_id):
            _note("cancel", mailing_id, actor)
            return get_mailing(mailing_id=mailing_id)
    changes = {"state": MailingState.CANCELLED, **_NO_PAUSE}
    return _act("cancel", mailing_id, actor, (MailingState.RUNNING, MailingState.PAUSED), changes)


def delete(*, mailing_id: int, actor: User | None) -> None:
    """Cancel a mailing if it is not over, and hide it: 404 from now on. Its totals and messages are kept.

    Raises:
        NotFound: there is no such mailing.
    """
    with transaction.atomic():
        forbid_direct(get_mailing(mailing_id=mailing_id))
        if not _cancel_unstarted(mailing_id):
            find_mailings().filter(id=mailing_id, state__in=LIVE_STATES).update(
                state=MailingState.CANCELLED, **_NO_PAUSE, version=F("version") + 1
            )
        find_mailings().filter(id=mailing_id).update(hidden_at=Now(), version=F("version") + 1)
        _note("delete", mailing_id, actor)


def _release_scheduled(mailing_id: int) -> bool:
    """A restored backup holds back what is scheduled, too, since it may have run meanwhile."""
    held = find_mailings().filter(id=mailing_id, state=MailingState.SCHEDULED, restored_at__isnull=False)
    return bool(held.update(version=F("version") + 1, restored_at=None, **_NO_PAUSE))


def _cancel_unstarted(mailing_id: int) -> bool:
    """A mailing without an audience has nothing to settle: its totals are nine zeros at once."""
    return bool(
        find_mailings()
        .filter(id=mailing_id, state=MailingState.SCHEDULED)
        .update(
            state=MailingState.CANCELLED,
            **_NO_PAUSE,
            version=F("version") + 1,
            finished_at=Now(),
            frozen_at=Now(),
            totals=dict.fromkeys(MESSAGE_STATES, 0),
        )
    )


def _act(
    action: str, mailing_id: int, actor: User | None, allowed: tuple[MailingState, ...], changes: Mapping[str, object]
) -> Mailing:
    with transaction.atomic():
        mailing = get_mailing(mailing_id=mailing_id)
        rows = find_mailings().filter(id=mailing_id, state__in=allowed, frozen_at=None)
        if not rows.update(version=F("version") + 1, **changes):
            mailing.refresh_from_db()
            words = _(" or ").join(allowed if action != "cancel" else states_that_lead_to(MailingState.CANCELLED))
            raise StateForbids(_FORBIDDEN[action] % {"state": mailing.state, "words": words})
        _note(action, mailing_id, actor)
    mailing.refresh_from_db()
    return mailing


def _note(action: str, mailing_id: int, actor: User | None) -> None:
    record(actor=actor, action=f"mailing.{action}", object_type="mailing", object_id=mailing_id, details={})
    wake_all("mailing")


_FORBIDDEN = {
    "pause": _lazy("The mailing is %(state)s: only a %(words)s one can be paused."),
    "resume": _lazy("The mailing is %(state)s: only a %(words)s one can be resumed."),
    "cancel": _lazy("The mailing is %(state)s: only a %(words)s one can be cancelled."),
}
