"""Days in the filters of lists. A day begins at midnight in the reader's time zone."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from vestnik.mailings.fields import FIRST_YEAR, LAST_YEAR


class DayField(forms.DateField):
    """A day, or nothing."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(required=False, widget=widget, input_formats=["%Y-%m-%d"], **options)

    def clean(self, value: Any) -> Any:
        """Return the day, or None.

        Raises:
            ValidationError: It is no day, or one that nothing here can be of.
        """
        day = super().clean(value)
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return day


def period_of(day: date) -> tuple[datetime, datetime]:
    """Return when a day begins, and when it ends, that is when the next one begins."""
    first, second = (timezone.make_aware(datetime.combine(each, time())) for each in (day, day + timedelta(days=1)))
    return first, second


def beginning_of(day: date | None) -> datetime | None:
    """Return when a day begins. None gives None."""
    return None if day is None else period_of(day)[0]


def end_of(day: date | None) -> datetime | None:
    """Return when a day ends. None gives None."""
    return None if day is None else period_of(day)[1]
