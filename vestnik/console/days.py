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


def beginning_of(day: date | None) -> datetime | None:
    """Return when a day begins. None gives None."""
    return None if day is None else timezone.make_aware(datetime.combine(day, time()))


def end_of(day: date | None) -> datetime | None:
    """Return when a day ends, that is when the next one begins. None gives None."""
    return None if day is None else beginning_of(day + timedelta(days=1))
