"""Forms for clients and for the stop list."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext

from vestnik.characters import clean_text
from vestnik.clients.attributes.registry import known_types
from vestnik.clients.choices import existing_codes, existing_tags, existing_zones
from vestnik.clients.directory import ClientFields, fingerprint
from vestnik.clients.zones import known_zones
from vestnik.console.clients.attributes import PREFIX, attribute_fields, clean_new_attribute
from vestnik.console.clients.fields import (
    CodeField,
    DatalistInput,
    LastDigitsField,
    PhoneField,
    PhonePrefixField,
    PhonesField,
    QuickSelect,
)
from vestnik.console.conflicts import SeenField
from vestnik.console.tags import shown_value
from vestnik.models import AttributeType, Client
from vestnik.phones.display import spell_phone
from vestnik.phones.number import operator_code_of

#: So many attributes are all shown; of more, only those that the client has.
_FEW = 6
#: Choices of time zones: pairs of value and label, or groups of such pairs.
ZoneChoices = list[Any]


class ClientSearch(forms.Form):
    """The filters of the list of clients, read from the query string."""

    phone = PhonePrefixField()
    ends = LastDigitsField()
    tag = forms.CharField(label=_lazy("Tag"), required=False, max_length=64, strip=False)
    code = CodeField(label=_lazy("Operator"))
    zone = forms.ChoiceField(label=_lazy("Time zone"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["tag"].widget = DatalistInput(existing_tags(), attrs={"autocomplete": "off"})
        codes = [f"{code:03d}" for code in existing_codes()]
        self.fields["code"].widget = DatalistInput(
            codes, attrs={"inputmode": "numeric", "autocomplete": "off", "size": 6}
        )
        zones = existing_zones()
        asked = self.data.get("zone", "")
        known = [*zones, *([asked] if asked and asked not in zones and asked in known_zones() else [])]
        self.fields["zone"].choices = [("", pgettext("time zone", "all")), *((zone, zone) for zone in known)]  # type: ignore[attr-defined]

    def filters(self) -> dict[str, Any]:
        """Return the arguments of :func:`vestnik.clients.directory.find_clients`. The form must be valid."""
        asked = self.cleaned_data
        return {
            "phone_prefix": asked["phone"],
            "last_digits": asked["ends"],
            "tag": clean_text(asked["tag"]) or None,
            "operator_code": asked["code"],
            "timezone": asked["zone"] or None,
        }


class ClientForm(forms.Form):
    """The fields of a client.

    ``seen`` is the fingerprint of the client that the form was made from. It keeps two people from overwriting each
    other.
    """

    phone_number = PhoneField(help_text=_lazy("In any format: +7 911 123-45-67, 8 (911) 123-45-67."))
    mobile_operator_code = CodeField(
        help_text=_lazy("Three digits. Leave empty to take it from the number. Fill in for a ported number.")
    )
    tag = forms.CharField(
        label=_lazy("Tag"), max_length=64, help_text=_lazy("A group of clients that a mailing can be sent to.")
    )
    timezone = forms.ChoiceField(
        label=_lazy("Time zone"), widget=QuickSelect, help_text=_lazy("Send windows use this time zone.")
    )
    seen = SeenField()

    def __init__(self, *args: Any, client: Client | None = None, **options: Any) -> None:
        options["initial"] = {"timezone": settings.TIME_ZONE} if client is None else _as_shown(client)
        super().__init__(*args, **options)
        self._types = known_types()
        self._has = (client and client.attributes) or {}
        self.fields |= attribute_fields(self._types)
        self.fields["tag"].widget = DatalistInput(existing_tags(), attrs={"autocomplete": "off", "maxlength": 64})
        if client is not None:
            derived = f"{operator_code_of(client.phone_number):03d}"
            self.fields["mobile_operator_code"].widget.attrs["placeholder"] = derived
        zones = zone_choices(client.timezone if client else settings.TIME_ZONE)
        self.fields["timezone"].choices = zones  # type: ignore[attr-defined]

    def clean_tag(self) -> str:
        """Return the tag as it is stored. A tag without visible characters counts as missing."""
        tag: str = clean_text(self.cleaned_data["tag"])
        if not tag:
            raise forms.ValidationError(self.fields["tag"].error_messages["required"], code="required")
        return tag

    def clean(self) -> dict[str, Any]:
        """Check the new attribute."""
        clean_new_attribute(self)
        return self.cleaned_data

    @property
    def shown_attributes(self) -> list[forms.BoundField]:
        """The fields of the attributes that the client has, or that have an error, or all if there are few."""
        return [self[f"{PREFIX}{name}"] for name in self._types if self._is_shown(name)]

    @property
    def other_attributes(self) -> list[forms.BoundField]:
        """The fields of the others."""
        return [self[f"{PREFIX}{name}"] for name in self._types if not self._is_shown(name)]

    def _is_shown(self, name: str) -> bool:
        return len(self._types) <= _FEW or name in self._has or bool(self.data.get(f"{PREFIX}{name}"))

    def client_fields(self) -> ClientFields:
        """Return the values that the services take. The form must be valid."""
        typed = self.cleaned_data
        attributes = {name: typed[f"{PREFIX}{name}"] for name in self._types if f"{PREFIX}{name}" in self.data}
        new = {typed["new_name"]: typed["new_value"]} if typed["new_name"] else {}
        return ClientFields(
            phone=typed["phone_number"],
            operator_code=typed["mobile_operator_code"],
            tag=typed["tag"],
            timezone=typed["timezone"],
            attributes={**attributes, **new},
            keeps_others=True,
            new_types={name: AttributeType(typed["new_type"] or AttributeType.TEXT) for name in new},
        )


def zone_choices(always: str) -> ZoneChoices:
    """Return all time zones, those of the directory first.

    ``always`` is included even if it is not a known zone.
    """
    used = existing_zones()
    first = used if always in used else [*used, always]
    others = sorted(known_zones().difference(first))
    return [
        (_("In the directory"), [(zone, zone) for zone in first]),
        (_("All"), [(zone, zone) for zone in others]),
    ]


def _as_shown(client: Client) -> dict[str, Any]:
    ported = client.mobile_operator_code != operator_code_of(client.phone_number)
    return {
        "phone_number": spell_phone(client.phone_number),
        "mobile_operator_code": f"{client.mobile_operator_code:03d}" if ported else "",
        "tag": client.tag,
        "timezone": client.timezone,
        "seen": fingerprint(client),
        **{f"{PREFIX}{name}": shown_value(value) for name, value in (client.attributes or {}).items()},
    }


class ReasonForm(forms.Form):
    """The reason of an entry of the stop list."""

    reason = forms.CharField(
        label=_lazy("Reason"),
        max_length=200,
        required=False,
        help_text=_lazy("A note for the entry, for example “asked by phone”."),
    )


class StopForm(ReasonForm):
    """Phones to put on the stop list, one a line, with a reason."""

    phones = PhonesField()
    field_order = ("phones", "reason")


class StopSearch(forms.Form):
    """The filter of the stop list."""

    phone = PhonePrefixField()
