"""The form of a template. The service decides what is valid."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.characters import is_blank
from vestnik.console.composing.fields import TextField
from vestnik.console.composing.forms import LOCALE_CHOICES, personal_said
from vestnik.console.conflicts import SeenField
from vestnik.console.kept import NameField
from vestnik.mailings.fields import LONGEST_TEXT
from vestnik.mailings.templates import MAX_NAME, TemplateFields
from vestnik.models import OnMissing


class TemplateForm(forms.Form):
    """A template, new or changed. ``said`` holds its values once the form is valid."""

    name = NameField(label=_lazy("Name of the template"), max_length=MAX_NAME)
    message_text = TextField(label=_lazy("Text"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 5}))
    personal = forms.BooleanField(required=False)
    on_missing = forms.ChoiceField(required=False, choices=OnMissing.choices)
    seen = SeenField()
    locale = forms.ChoiceField(label=_lazy("Language of numbers and dates"), required=False, choices=LOCALE_CHOICES)

    said: TemplateFields | None = None

    def clean_message_text(self) -> str:
        """Refuse a text without visible characters."""
        text: str = self.cleaned_data["message_text"]
        if is_blank(text):
            raise forms.ValidationError(_("Enter the text of the message."))
        return text

    def clean(self) -> dict[str, Any]:
        """Collect the values."""
        personal = personal_said(self)
        if not self.errors:
            self.said = TemplateFields(
                name=self.cleaned_data["name"], message_text=self.cleaned_data["message_text"], personal=personal
            )
        return self.cleaned_data
