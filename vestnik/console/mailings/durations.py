"""Lengths of time in a person's words."""

from django.utils.translation import gettext as _

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def about(seconds: float) -> str:
    """``40 s``, ``12 min``, ``3 h 20 min``, ``2 d 4 h``: as exact as anybody wants to know it."""
    whole = max(1, round(seconds))
    if whole < 2 * _MINUTE:
        return _("%(seconds)d s") % {"seconds": whole}
    if whole < 2 * _HOUR:
        return _("%(minutes)d min") % {"minutes": round(whole / _MINUTE)}
    if whole < 2 * _DAY:
        return _("%(hours)d h %(minutes)d min") % {"hours": whole // _HOUR, "minutes": whole % _HOUR // _MINUTE}
    return _("%(days)d d %(hours)d h") % {"days": whole // _DAY, "hours": whole % _DAY // _HOUR}
