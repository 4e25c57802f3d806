"""Form fields for phone numbers in any spelling, for their first digits, and for operator codes."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.accounts.phone_access import refuse_hidden_digits
from vestnik.characters import without_blanks
from vestnik.console.phone_errors import phone_error
from vestnik.console.tags import number
from vestnik.errors import Refused
from vestnik.phones.search import read_phone_prefix
from vestnik.phones.spelling import NoPhone, is_phone, read_phone

#: The number of phones that may be entered at once, and of wrong ones that an error lists.
MAX_PHONES, _NAMED = 10_000, 5


class PhoneField(forms.CharField):
    """A +7 phone number in any spelling. The cleaned value is the number as an integer."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"})
        super().__init__(**{"label": _lazy("Phone number"), "max_length": 40, "widget": widget, **options})

    def clean(self, value: Any) -> int:
        """Return the phone number.

        Raises:
            ValidationError: The text is not a +7 number.
        """
        typed = super().clean(value)
        try:
            return read_phone(typed)
        except NoPhone as none:
            raise forms.ValidationError(phone_error(none)) from none


class OptionalPhoneField(PhoneField):
    """A +7 phone number in any spelling, or nothing. The cleaned value is None if the field is empty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def clean(self, value: Any) -> int | None:  # type: ignore[override]
        """Return the phone number, or None.

        Raises:
            ValidationError: The text is not a +7 number.
        """
        return super().clean(value) if without_blanks(str(value or "")) else None


class PhonesField(forms.CharField):
    """Several +7 phone numbers, separated by line breaks, commas or semicolons.

    The cleaned value is a list of integers.
    """

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 3, "inputmode": "tel", "autocomplete": "off"})
        help_text = _lazy("In any format, one per line. You can paste a column of a table.")
        super().__init__(**{"label": _lazy("Phone numbers"), "widget": widget, "help_text": help_text, **options})

    def clean(self, value: Any) -> list[int]:
        """Return the phone numbers.

        Raises:
            ValidationError: Some texts are not +7 numbers, or there are too many numbers.
        """
        typed = [line.strip() for line in re.split(r"[\n,;]", super().clean(value)) if without_blanks(line)]
        if len(typed) > MAX_PHONES:
            raise forms.ValidationError(_("At most %(most)s at a time.") % {"most": number(MAX_PHONES)})
        wrong = [text for text in typed if not is_phone(text)]
        if wrong or not typed:
            shown = ", ".join(text[:40] for text in wrong[:_NAMED])
            raise forms.ValidationError(_("These are not +7 phone numbers: %(wrong)s") % {"wrong": shown or "—"})
        return list(map(read_phone, typed))


class PhonePrefixField(forms.CharField):
    """The first digits of a phone number in any spelling.

    The cleaned value is a string of digits that begins with 7, or an empty string.
    """

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"})
        super().__init__(**{"label": _lazy("Phone"), "max_length": 40, "required": False, "widget": widget, **options})

    def clean(self, value: Any) -> str:
        """Return the digits.

        Raises:
            ValidationError: No +7 number begins with these digits.
        """
        typed = super().clean(value)
        try:
            return _not_hidden(read_phone_prefix(typed))
        except NoPhone as none:
            sentence = _("Enter the first digits of a +7 number, for example 911 or +7 911 123.")
            raise forms.ValidationError(sentence) from none


class LastDigitsField(forms.CharField):
    """The last two to ten digits of a phone number, with or without spaces and dashes. Empty means any."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": 8})
        super().__init__(
            **{"label": _lazy("Last digits"), "max_length": 20, "required": False, "widget": widget, **options}
        )

    def clean(self, value: Any) -> str:
        """Return the digits.

        Raises:
            ValidationError: The text is not two to ten digits.
        """
        digits = re.sub(r"[\s-]", "", super().clean(value))
        if digits and not re.fullmatch("[0-9]{2,10}", digits):
            raise forms.ValidationError(_("Enter two to ten digits, for example 45-67."))
        return _not_hidden(digits)


def _not_hidden(digits: str) -> str:
    """Return the digits that are searched for, unless the reader does not see so many of a phone.

    Raises:
        ValidationError: They are too many.
    """
    try:
        refuse_hidden_digits(digits)
    except Refused as error:
        raise forms.ValidationError(str(error)) from error
    return digits


class CodeField(forms.CharField):
    """An operator code of three digits. The cleaned value is None if the field is empty."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(**{"label": _lazy("Operator code"), "required": False, "widget": widget, **options})

    def clean(self, value: Any) -> int | None:
        """Return the code.

        Raises:
            ValidationError: The text is not three digits.
        """
        text = super().clean(value)
        if not text:
            return None
        if not (len(text) == 3 and text.isascii() and text.isdigit()):
            raise forms.ValidationError(_("Give three digits, such as 911."))
        return int(text)


class QuickSelect(forms.Select):
    """A select for hundreds of choices.

    Django's own widget renders a template for each choice, which takes 0.2 s for all time zones. This one takes 2 ms.
    """

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Render the same HTML as Django's widget."""
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
    """A text input with suggestions that the browser shows while the user types."""

    def __init__(self, suggestions: Iterable[str] = (), **options: Any) -> None:
        super().__init__(**options)
        self.suggestions = suggestions

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Render the input, followed by its list of suggestions."""
        list_id = f"{(attrs or {}).get('id', name)}_list"
        field = super().render(name, value, {**(attrs or {}), "list": list_id}, renderer)
        options = format_html_join("", '<option value="{}"></option>', ((each,) for each in self.suggestions))
        return format_html('{}<datalist id="{}">{}</datalist>', field, list_id, options)
