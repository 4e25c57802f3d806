"""The part of a client's form that has its attributes: a field for each name that there is, and one for a new name."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _

from vestnik.clients.attributes.registry import name_problem
from vestnik.clients.attributes.sentences import sentence_of
from vestnik.clients.attributes.spelling import PLAIN, Spelling, read_value
from vestnik.clients.attributes.values import NoValue, Value
from vestnik.console.clients.fields import DatalistInput
from vestnik.models import AttributeType

TYPES = [
    (AttributeType.TEXT.value, pgettext_lazy("type", "text")),
    (AttributeType.NUMBER.value, pgettext_lazy("type", "number")),
    (AttributeType.DATE.value, pgettext_lazy("type", "date")),
]
#: What stands before the name of an attribute, in forms as in the errors of services.
PREFIX = "attributes."
#: As Russians write what may mean two things.
_RUSSIAN = Spelling(decimal="comma", first="day")


class ValueField(forms.CharField):
    """A value of an attribute, as people write it. The cleaned value is that of JSON, or None if it is empty."""

    def __init__(self, kind: AttributeType, **options: Any) -> None:
        self.kind = kind
        widgets = {
            AttributeType.NUMBER: forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            AttributeType.DATE: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
        widget = widgets.get(kind, forms.TextInput(attrs={"autocomplete": "off"}))
        super().__init__(**{"required": False, "strip": False, "widget": widget, **options})

    def clean(self, value: Any) -> Any:
        """Return the value.

        Raises:
            ValidationError: The text is none of this type.
        """
        return read(str(value or ""), self.kind)


def read(text: str, kind: AttributeType) -> Value | None:
    """Return a value as somebody has typed it; None if there is none.

    Raises:
        ValidationError: The text is none of this type.
    """
    spelling = _RUSSIAN if (get_language() or "").startswith("ru") else PLAIN
    try:
        return read_value(text, kind, spelling)
    except NoValue as none:
        raise forms.ValidationError(sentence_of(none.fault)) from none


def attribute_fields(types: Mapping[str, AttributeType]) -> dict[str, forms.Field]:
    """A field for each name, and three for a new one."""
    found: dict[str, forms.Field] = {
        f"{PREFIX}{name}": ValueField(kind, label=name, label_suffix="") for name, kind in types.items()
    }
    name = DatalistInput((), attrs={"autocomplete": "off", "spellcheck": "false", "maxlength": 40})
    found["new_name"] = forms.CharField(
        label=_("New attribute"), required=False, widget=name,
        help_text=_("Lower-case Latin letters, digits and _, for example first_name. All clients can have it."),
    )  # fmt: skip
    found["new_type"] = forms.ChoiceField(label=_("Type"), choices=TYPES, required=False)
    found["new_value"] = forms.CharField(label=_("Value"), required=False, strip=False)
    return found


def clean_new_attribute(form: forms.Form) -> None:
    """Check the new attribute of a form, if there is one, and put its value into the cleaned ones."""
    typed = form.cleaned_data
    name, text = typed.get("new_name", "").strip(), typed.get("new_value", "")
    typed["new_name"], typed["new_value"] = name, None
    if not name:
        if text.strip():
            form.add_error("new_name", _("Enter a name for the attribute."))
        return
    problem = name_problem(name)
    if problem is None and f"{PREFIX}{name}" in form.fields:
        problem = _("This attribute already has a field above.")
    if problem is not None:
        form.add_error("new_name", problem)
        return
    try:
        typed["new_value"] = read(text, AttributeType(typed.get("new_type") or AttributeType.TEXT))
    except forms.ValidationError as error:
        form.add_error("new_value", error)
        return
    if typed["new_value"] is None:
        form.add_error("new_value", _("Enter a value."))
