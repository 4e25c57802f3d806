"""Fields of the form of a mailing, with the limits of :mod:`vestnik.mailings.fields`, and their local times."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from vestnik.characters import clean_text
from vestnik.instants import read_local_time, read_time_of_day
from vestnik.mailings.fields import FIRST_YEAR, LAST_YEAR, MAX_VALUES, is_operator_code, is_tag


class TextField(forms.CharField):
    """Text as it was typed, with line breaks of one character, as they are sent and counted."""

    widget = forms.Textarea

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, **options)

    def to_python(self, value: Any) -> str:
        """Browsers send a line break as two characters."""
        return (super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Without ``maxlength``: it would cut what is pasted and say nothing."""
        return {name: said for name, said in super().widget_attrs(widget).items() if name != "maxlength"}


class PicksField(forms.Field):
    """Values that were picked from what there is: tags, or operator codes."""

    widget = forms.MultipleHiddenInput

    def __init__(self, *, read: Callable[[str], Any], **options: Any) -> None:
        super().__init__(required=False, **options)
        self._read = read

    def to_python(self, value: Any) -> list[Any]:
        """Each value once.

        Raises:
            ValidationError: one of them can be no client's, or there are too many.
        """
        picked = list(dict.fromkeys(self._read(text) for text in value or ()))
        if len(picked) > MAX_VALUES:
            raise ValidationError(_("Pick at most %(most)d.") % {"most": MAX_VALUES})
        return picked


def read_tag(text: str) -> str:
    """A tag.

    Raises:
        ValidationError: no client can have it.
    """
    if not is_tag(text):
        raise ValidationError(_("No client can have such a tag."))
    return clean_text(text)


def read_code(text: str) -> int:
    """An operator code.

    Raises:
        ValidationError: it is not three digits.
    """
    code = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else None
    if code is None or not is_operator_code(code):
        raise ValidationError(_("An operator's code has three digits, such as 911."))
    return code


class ClockField(forms.Field):
    """A date and a time as a clock shows them, to the minute; of which zone is the form's to say."""

    widget = forms.DateTimeInput

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **options)

    def to_python(self, value: Any) -> datetime | None:
        """Read it.

        Raises:
            ValidationError: it is no such date and time.
        """
        if value in self.empty_values:
            return None
        read = value if isinstance(value, datetime) else read_local_time(str(value).strip())
        if read is None or read.tzinfo is not None:
            raise ValidationError(_("Give a date and a time, such as 2030-01-31 12:00."))
        if not FIRST_YEAR <= read.year <= LAST_YEAR:
            raise ValidationError(
                _("Give a year from %(first)d to %(last)d.") % {"first": FIRST_YEAR, "last": LAST_YEAR}
            )
        return read


class TimeOfDayField(forms.TimeField):
    """Hours and minutes."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
        super().__init__(input_formats=["%H:%M"], widget=widget, required=False, **options)

    def strptime(self, value: str, format: str) -> time:  # noqa: A002 - Django names it
        """Read it; Django's own takes any script's digits, and hours of one digit.

        Raises:
            ValueError: it is no time of day.
        """
        del format
        read = read_time_of_day(value)
        if read is None:
            raise ValueError("not a time of day")
        return read


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


def own_zone() -> ZoneInfo:
    """The time zone of the person who asks."""
    return ZoneInfo(timezone.get_current_timezone_name())
