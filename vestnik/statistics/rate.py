"""How quickly messages left lately: the best guess of how quickly the next ones will."""

from dataclasses import dataclass

from django.db.models import F

from vestnik.models import Mailing

#: Mailings that are looked at, the newest first.
_LOOKED_AT = 20
#: Messages below which a mailing tells more of how long it takes to start than of the rate.
_LEAST_MESSAGES = 500
_HANDED_OVER = ("sent", "delivered", "undelivered", "failed", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRate:
    """Messages per second, and the mailing that it was measured on."""

    per_second: float
    mailing: Mailing


def measured_rate() -> MeasuredRate | None:
    """The rate of the last mailing that shows one: large enough, never paused, and not held back by a send window."""
    # Never by hidden_at: what was deleted was sent all the same.
    mailings = Mailing.objects.filter(
        finished_at__gt=F("started_at"), frozen_at__isnull=False, resumed_at=None, send_window_from=None
    ).order_by("-finished_at")[:_LOOKED_AT]
    return next((measured for mailing in mailings if (measured := _measure(mailing)) is not None), None)


def _measure(mailing: Mailing) -> MeasuredRate | None:
    handed_over = sum(int((mailing.totals or {}).get(state, 0)) for state in _HANDED_OVER)
    if handed_over < _LEAST_MESSAGES or mailing.finished_at is None or mailing.started_at is None:
        return None
    seconds = (mailing.finished_at - mailing.started_at).total_seconds()
    return MeasuredRate(per_second=handed_over / seconds, mailing=mailing)
