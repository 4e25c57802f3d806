"""The form of a single message."""

import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.audience.direct import SingleMessage, end_of
from vestnik.characters import is_blank
from vestnik.clients.stop_list import find_stopped
from vestnik.console.clients.fields import PhoneField
from vestnik.console.composing.fields import ClockField, TextField, as_instant
from vestnik.errors import InvalidInput
from vestnik.mailings.fields import LONGEST_TEXT
from vestnik.routing.text_limits import refuse_long_text


class MessageForm(forms.Form):
    """A message to one phone, with its own text. ``zone``: of the clock that ``end_at`` is read by.

    ``token`` names one sending: a second click with it sends nothing.
    """

    phone = PhoneField(
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "placeholder": "+7 911 123-45-67"})
    )
    message_text = TextField(label=_lazy("Text"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 5}))
    end_at = ClockField(
        label=_lazy("Send until"),
        required=False,
        help_text=_lazy("If it is not sent by then, it is dropped. Empty: in 24 hours. At most 7 days ahead."),
    )
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, zone: ZoneInfo, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.zone, self.now = zone, now
        self.fields["token"].initial = uuid.uuid4

    def clean_phone(self) -> int:
        """Refuse a phone on the stop list: nothing is sent to it."""
        phone: int = self.cleaned_data["phone"]
        if find_stopped(phone_prefix=str(phone)).exists():
            raise forms.ValidationError(
                _("This number is on the stop list: nothing is sent to it. Take it off the list first.")
            )
        return phone

    def clean_message_text(self) -> str:
        """Refuse a text without visible characters."""
        text: str = self.cleaned_data["message_text"]
        if is_blank(text):
            raise forms.ValidationError(_("Enter the text of the message."))
        return text

    def clean(self) -> dict[str, Any]:
        """Refuse a text that no gateway of the number's rule takes."""
        text, phone = self.cleaned_data.get("message_text"), self.cleaned_data.get("phone")
        if text and phone:
            try:
                refuse_long_text(phone=phone, text=text)
            except InvalidInput as error:
                self.add_error("message_text", [str(said) for said in error.fields["text"]])
        return self.cleaned_data

    def clean_token(self) -> uuid.UUID:
        """Return the token, or a new one."""
        return self.cleaned_data["token"] or uuid.uuid4()

    def clean_end_at(self) -> datetime | None:
        """Return the end as an instant.

        Raises:
            ValidationError: The clock does not show it, it has passed, or it is too far ahead.
        """
        shown: datetime | None = self.cleaned_data["end_at"]
        if shown is None:
            return None
        try:
            return end_of(as_instant(shown, self.zone), self.now)
        except InvalidInput as error:
            raise forms.ValidationError([str(text) for text in error.fields["end_time"]]) from error

    def message(self) -> SingleMessage:
        """Return what was entered. The form must be valid."""
        typed = self.cleaned_data
        end = typed["end_at"] or end_of(None, self.now)
        return SingleMessage(phone=typed["phone"], text=typed["message_text"], end=end)
