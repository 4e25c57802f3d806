"""Lengths of time in words, the same in the console and in the daily report."""

from django.utils.translation import gettext as _

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def duration(seconds: float) -> str:
    """Format a duration in its two largest units, everywhere alike: ``40 s``, ``1 min 52 s``, ``3 h 20 min``."""
    whole = max(0, round(seconds))
    units = [
        (_("%(count)d d"), whole // _DAY),
        (_("%(count)d h"), whole % _DAY // _HOUR),
        (_("%(count)d min"), whole % _HOUR // _MINUTE),
        (_("%(count)d s"), whole % _MINUTE),
    ]
    greatest = next((place for place, (_words, count) in enumerate(units) if count), len(units) - 1)
    parts = [words % {"count": count} for words, count in units[greatest : greatest + 2] if count]
    return " ".join(parts) or units[-1][0] % {"count": 0}
