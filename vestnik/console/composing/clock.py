"""What somebody's clock shows becomes an instant. Pure."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def as_instant(shown: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which a clock in ``zone`` shows ``shown``, in UTC.

    Raises:
        ValidationError: the clock is put forward over this time, and never shows it; or it is put back, and shows it
            twice.
    """
    first, second = (shown.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    before, after = first.utcoffset(), second.utcoffset()
    if before == after or before is None or after is None:
        return first.astimezone(UTC)
    instead = first.astimezone(UTC).astimezone(zone)
    if before < after:
        text = _("On this day clocks in %(zone)s are put forward and never show %(time)s: say e.g. %(instead)s.")
    else:
        text = _("On this day clocks in %(zone)s are put back and show %(time)s twice: choose a time out of that hour.")
    raise ValidationError(text % {"zone": zone.key, "time": f"{shown:%H:%M}", "instead": f"{instead:%H:%M}"})


def as_shown(instant: datetime, zone: ZoneInfo) -> datetime:
    """What a clock in ``zone`` shows at ``instant``, to the minute."""
    return instant.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)


def offset_words(instant: datetime, zone: ZoneInfo) -> str:
    """How far ``zone`` is from UTC at ``instant``: ``UTC+03:00``."""
    text = f"{instant.astimezone(zone):%z}"
    return f"UTC{text[:3]}:{text[3:5]}"
