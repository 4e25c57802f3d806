"""Form fields for phones in any spelling, their first digits, and operator codes."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.characters import without_blanks
from vestnik.console.tags import number
from vestnik.phones.search import read_phone_prefix
from vestnik.phones.spelling import SENTENCES, NoPhone, is_phone, read_phone

#: Phones typed at once, and wrong ones that an error names.
MAX_PHONES, _NAMED = 10_000, 5


#: Why a text is no phone number, as the console says it.
PHONE_FAULTS = {fault: _lazy(sentence) for fault, sentence in SENTENCES.items()}


class PhoneField(forms.CharField):
    """A phone number of +7 in any spelling; gives the bigint."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"})
        super().__init__(**{"label": _lazy("Phone number"), "max_length": 40, "widget": widget, **options})

    def clean(self, value: Any) -> int:
        """Read the number.

        Raises:
            ValidationError: it is none of +7.
        """
        typed = super().clean(value)
        try:
            return read_phone(typed)
        except NoPhone as none:
            raise forms.ValidationError(PHONE_FAULTS[none.fault]) from none


class PhonesField(forms.CharField):
    """Phone numbers of +7 in any spelling, one a line (or between commas); gives bigints."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 3, "inputmode": "tel", "autocomplete": "off"})
        help_text = _lazy("In any spelling, one a line; a whole column of a table may be pasted.")
        super().__init__(**{"label": _lazy("Phone numbers"), "widget": widget, "help_text": help_text, **options})

    def clean(self, value: Any) -> list[int]:
        """Read the numbers.

        Raises:
            ValidationError: some are none of +7, or they are too many at a time.
        """
        typed = [line.strip() for line in re.split(r"[\n,;]", super().clean(value)) if without_blanks(line)]
        if len(typed) > MAX_PHONES:
            raise forms.ValidationError(_("At most %(most)s at a time.") % {"most": number(MAX_PHONES)})
        wrong = [text for text in typed if not is_phone(text)]
        if wrong or not typed:
            shown = ", ".join(text[:40] for text in wrong[:_NAMED])
            raise forms.ValidationError(_("These are no phone numbers of +7: %(wrong)s") % {"wrong": shown or "—"})
        return list(map(read_phone, typed))


class PhonePrefixField(forms.CharField):
    """The first digits of phone numbers in any spelling; gives digits, the 7 first, or nothing."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"})
        super().__init__(**{"label": _lazy("Phone"), "max_length": 40, "required": False, "widget": widget, **options})

    def clean(self, value: Any) -> str:
        """Read the digits.

        Raises:
            ValidationError: no number of +7 begins like this.
        """
        typed = super().clean(value)
        try:
            return read_phone_prefix(typed)
        except NoPhone as none:
            sentence = _("Give the first digits of a number of +7, such as 911 or +7 911 123.")
            raise forms.ValidationError(sentence) from none


class CodeField(forms.CharField):
    """An operator code: three digits; None when nothing is given."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(**{"label": _lazy("Operator code"), "required": False, "widget": widget, **options})

    def clean(self, value: Any) -> int | None:
        """Read the code.

        Raises:
            ValidationError: it is not three digits.
        """
        text = super().clean(value)
        if not text:
            return None
        if not (len(text) == 3 and text.isascii() and text.isdigit()):
            raise forms.ValidationError(_("Give three digits, such as 911."))
        return int(text)


class QuickSelect(forms.Select):
    """A choice among hundreds: Django's own renders a template for each, 0.2 s for all time zones; this takes 2 ms."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The same HTML."""
        del renderer
        chosen = "" if value is None else str(value)
        shown = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        return format_html("<select{}>{}</select>", flatatt(shown), _options(self.choices, chosen))


def _options(choices: Iterable[Any], chosen: str) -> SafeString:
    def option(value: Any, label: Any) -> SafeString:
        if isinstance(label, list | tuple):
            return format_html('<optgroup label="{}">{}</optgroup>', value, _options(label, chosen))
        if str(value) == chosen:
            return format_html('<option value="{}" selected>{}</option>', value, label)
        return format_html('<option value="{}">{}</option>', value, label)

    return format_html_join("", "{}", ((option(value, label),) for value, label in choices))


class DatalistInput(forms.TextInput):
    """A text with suggestions, which the browser shows while somebody types."""

    def __init__(self, suggestions: Iterable[str] = (), **options: Any) -> None:
        super().__init__(**options)
        self.suggestions = suggestions

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The input, and its list beside it."""
        list_id = f"{(attrs or {}).get('id', name)}_list"
        field = super().render(name, value, {**(attrs or {}), "list": list_id}, renderer)
        options = format_html_join("", '<option value="{}"></option>', ((each,) for each in self.suggestions))
        return format_html('{}<datalist id="{}">{}</datalist>', field, list_id, options)
