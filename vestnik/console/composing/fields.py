"""Form fields of a mailing, with the limits of :mod:`vestnik.mailings.fields`, and local times."""

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
    """Text as it was typed. Each line break is one character, as it is sent and counted."""

    widget = forms.Textarea

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, **options)

    def to_python(self, value: Any) -> str:
        """Replace the two characters that browsers send for a line break with one."""
        return (super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Leave out ``maxlength``. With it, a browser cuts pasted text without a warning."""
        return {name: said for name, said in super().widget_attrs(widget).items() if name != "maxlength"}


class PicksField(forms.Field):
    """Tags or operator codes that were picked from a list."""

    widget = forms.MultipleHiddenInput

    def __init__(self, *, read: Callable[[str], Any], **options: Any) -> None:
        super().__init__(required=False, **options)
        self._read = read

    def to_python(self, value: Any) -> list[Any]:
        """Return each value once.

        Raises:
            ValidationError: A value is not valid for any client, or there are too many values.
        """
        picked = list(dict.fromkeys(self._read(text) for text in value or ()))
        if len(picked) > MAX_VALUES:
            raise ValidationError(_("Choose at most %(most)d.") % {"most": MAX_VALUES})
        return picked


def read_tag(text: str) -> str:
    """Return the tag as it is stored.

    Raises:
        ValidationError: No client can have this tag.
    """
    if not is_tag(text):
        raise ValidationError(_("This tag is not valid."))
    return clean_text(text)


def read_code(text: str) -> int:
    """Return the operator code.

    Raises:
        ValidationError: The text is not three digits.
    """
    code = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else None
    if code is None or not is_operator_code(code):
        raise ValidationError(_("An operator code has three digits, for example 911."))
    return code


class ClockField(forms.Field):
    """A local date and time, to the minute. The form decides the time zone."""

    widget = forms.DateTimeInput

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **options)

    def to_python(self, value: Any) -> datetime | None:
        """Return the date and time without a time zone.

        Raises:
            ValidationError: The text is not a date and time in the allowed years.
        """
        if value in self.empty_values:
            return None
        read = value if isinstance(value, datetime) else read_local_time(str(value).strip())
        if read is None or read.tzinfo is not None:
            raise ValidationError(_("Enter a date and time, for example 2030-01-31 12:00."))
        if not FIRST_YEAR <= read.year <= LAST_YEAR:
            raise ValidationError(
                _("Enter a year from %(first)d to %(last)d.") % {"first": FIRST_YEAR, "last": LAST_YEAR}
            )
        return read


class TimeOfDayField(forms.TimeField):
    """A time of day in hours and minutes."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
        super().__init__(input_formats=["%H:%M"], widget=widget, required=False, **options)

    def strptime(self, value: str, format: str) -> time:  # noqa: A002 - Django names it
        """Return the time of day.

        Django's own parser also takes digits of other scripts, and hours with one digit.

        Raises:
            ValueError: The text is not a time of day.
        """
        del format
        read = read_time_of_day(value)
        if read is None:
            raise ValueError("not a time of day")
        return read


def as_instant(shown: datetime, zone: ZoneInfo) -> datetime:
    """Return the UTC instant at which a clock in ``zone`` shows ``shown``.

    Raises:
        ValidationError: The clock never shows this time because it is put forward, or shows it twice because it is put
            back.
    """
    first, second = (shown.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    before, after = first.utcoffset(), second.utcoffset()
    if before == after or before is None or after is None:
        return first.astimezone(UTC)
    instead = first.astimezone(UTC).astimezone(zone)
    code = "skipped" if before < after else "twice"
    if before < after:
        text = _("On this day clocks in %(zone)s go forward and skip %(time)s. Enter, for example, %(instead)s.")
    else:
        text = _("On this day clocks in %(zone)s go back and show %(time)s twice. Choose a time outside that hour.")
    raise ValidationError(text % {"zone": zone.key, "time": f"{shown:%H:%M}", "instead": f"{instead:%H:%M}"}, code)


def as_shown(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return the time that a clock in ``zone`` shows at ``instant``, to the minute."""
    return instant.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)


def offset_words(instant: datetime, zone: ZoneInfo) -> str:
    """Return the offset of ``zone`` from UTC at ``instant``, for example ``UTC+03:00``."""
    text = f"{instant.astimezone(zone):%z}"
    return f"UTC{text[:3]}:{text[3:5]}"


def own_zone() -> ZoneInfo:
    """Return the time zone of the current user."""
    return ZoneInfo(timezone.get_current_timezone_name())
