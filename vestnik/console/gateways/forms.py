"""Forms of gateways and rules. A gateway's settings are the fields of its kind; the services decide what is valid."""

import re
from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vestnik.characters import is_blank
from vestnik.console.clients.fields import PhoneField
from vestnik.console.conflicts import SeenField
from vestnik.gateways.adapter import Adapter
from vestnik.gateways.adapters.kinds import KINDS
from vestnik.gateways.fields import Field, Wanted
from vestnik.gateways.words import translated
from vestnik.models import Gateway
from vestnik.routing.find import Shown
from vestnik.routing.preview import Listed
from vestnik.routing.routes import MAX_WEIGHT, RouteFields, fields_of
from vestnik.routing.values import MAX_CONCURRENCY, MAX_RATE, MAX_TIMEOUT

#: What stands before the name of a setting, in forms as in the errors of services.
_SETTING = "settings."
#: What stands before the name of a secret, for the box that takes the stored one out.
_FORGET = "forget."


class KindForm(forms.Form):
    """Which provider's protocol a new gateway speaks."""

    kind = forms.ChoiceField(
        label=_("Provider"), choices=lambda: [(kind, adapter.title) for kind, adapter in KINDS.items()]
    )


class GatewayForm(forms.Form):
    """A gateway of one kind. ``gateway``: the one that is changed; None: a new one."""

    name = forms.CharField(
        label=_("Name"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Lower-case letters, digits and hyphens. It cannot be changed later."),
    )
    seen = SeenField()

    def __init__(self, *args: Any, adapter: type[Adapter], gateway: Shown | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.adapter = adapter
        if gateway is not None:
            del self.fields["name"]
        set_secrets = () if gateway is None else gateway.secrets
        self.fields |= _settings(adapter.fields, set_secrets)
        self.fields |= _numbers()
        if adapter.facts.knows_repeated_ids is None:
            self.fields["idempotent"] = forms.BooleanField(
                label=gettext("Deduplicates by message ID"),
                required=False,
                help_text=gettext(
                    "Only if the provider promises it. Then messages in doubt are sent again with the same ID."
                ),
            )
        if gateway is not None and adapter.account:
            self.fields["same_account"] = forms.BooleanField(
                label=gettext("Same account"),
                required=False,
                help_text=gettext(
                    "Tick it if a new address or secret leads to the same account of the same provider. Only asked"
                    " while messages are in doubt at this gateway."
                ),
            )
        of_connection = _settings(adapter.connection_fields, set_secrets)
        self.fields |= of_connection
        self._of_connection = of_connection.keys()

    @property
    def plain(self) -> list[forms.BoundField]:
        """The fields that everybody fills in."""
        return [field for field in self if field.name not in self._of_connection]

    @property
    def of_connection(self) -> list[forms.BoundField]:
        """Certificates and proxy, which few need."""
        return [self[name] for name in self._of_connection]

    @property
    def opens_connection(self) -> bool:
        """Whether they are to be seen at once: one of them is filled in or wrong."""
        return any(field.errors or field.value() for field in self.of_connection)

    def clean(self) -> dict[str, Any]:
        """Refuse a new secret whose box says that the stored one goes."""
        for name in self._forgotten():
            if self.cleaned_data.get(_SETTING + name):
                self.add_error(_SETTING + name, gettext("Enter a new value, or tick the box to remove it: not both."))
        return self.cleaned_data

    def values(self) -> dict[str, Any]:
        """Return what was entered, as the service takes it. An empty setting is left out, an empty secret stays.

        A setting that the kind does not have is among them: the service refuses it.
        """
        entered = dict(self.cleaned_data)
        del entered["seen"]
        forgotten = self._forgotten()
        names = [name for name in entered if name.startswith((_SETTING, _FORGET))]
        given = {name.removeprefix(_SETTING): entered.pop(name) for name in names}
        secrets = {each.name for each in self.adapter.all_fields() if each.is_secret}
        settings = {
            name: None if value == "" and name not in secrets else value
            for name, value in given.items()
            if not name.startswith(_FORGET)
        }
        return {**entered, "settings": {**settings, **dict.fromkeys([*forgotten, *self._unknown()])}}

    def _unknown(self) -> list[str]:
        """Return the names of settings in the request that the kind does not have."""
        names = [name.removeprefix(each) for each in (_SETTING, _FORGET) for name in self.data if name.startswith(each)]
        return [name for name in names if name not in {each.name for each in self.adapter.all_fields()}]

    def _forgotten(self) -> list[str]:
        return [name.removeprefix(_FORGET) for name, on in self.cleaned_data.items() if name.startswith(_FORGET) and on]


def initial_of(gateway: Shown, adapter: type[Adapter]) -> dict[str, Any]:
    """Return what the form of a gateway begins with: no secret."""
    fields = [each for each in adapter.all_fields() if not each.is_secret]
    settings = {f"{_SETTING}{each.name}": gateway.settings.get(each.name, each.default) for each in fields}
    numbers = {name: getattr(gateway, name) for name in ("concurrency", "max_rate", "idempotent")}
    return {**settings, **numbers, "timeout": int(gateway.timeout), "seen": gateway.row.version}


def _numbers() -> dict[str, forms.Field]:
    return {
        "max_rate": forms.IntegerField(
            label=gettext("Rate limit, messages/s"),
            required=False,
            min_value=1,
            max_value=MAX_RATE,
            help_text=gettext("As your contract has it. Empty: no limit."),
        ),
        "concurrency": forms.IntegerField(
            label=gettext("Concurrent requests"),
            min_value=1,
            max_value=MAX_CONCURRENCY,
            initial=64,
            help_text=gettext("Per dispatcher."),
        ),
        "timeout": forms.IntegerField(
            label=gettext("Timeout, seconds"), min_value=1, max_value=MAX_TIMEOUT, initial=30
        ),
    }


def _settings(fields: Sequence[Field], set_secrets: Collection[str]) -> dict[str, forms.Field]:
    """Return the form fields of settings. A stored secret that is not needed has a box that takes it out."""
    found: dict[str, forms.Field] = {}
    for each in fields:
        found[_SETTING + each.name] = _field(each, each.name in set_secrets)
        if each.name in set_secrets and not each.required:
            label = gettext("Remove the stored value: %(label)s") % {"label": translated(each.label, gettext)}
            found[_FORGET + each.name] = forms.BooleanField(label=label, required=False)
    return found


def _field(field: Field, is_set: bool) -> forms.Field:
    """Return the form field of a setting. What is missing or wrong is said by the adapter."""
    help_text = translated(field.help, gettext)
    if field.example and not field.has_lines:
        help_text = " ".join((help_text, gettext("Example: %(example)s") % {"example": field.example})).strip()
    common: dict[str, Any] = {"label": translated(field.label, gettext), "required": False, "initial": field.default}
    if field.is_secret:
        kept = gettext("It is set. Leave empty to keep it.") if is_set else ""
        widget = _SecretText() if field.has_lines else forms.PasswordInput(attrs={"autocomplete": "new-password"})
        return forms.CharField(
            **common, strip=False, widget=widget, help_text=" ".join(filter(None, (help_text, kept)))
        )
    common["help_text"] = help_text
    if field.wanted is Wanted.FLAG:
        return forms.BooleanField(**common)
    if field.wanted is Wanted.NUMBER:
        return forms.IntegerField(**common)
    if field.wanted is Wanted.CHOICE:
        empty = [] if field.default is not None else [("", "—")]
        return forms.ChoiceField(**common, choices=[*empty, *((choice, choice) for choice in field.choices)])
    if field.has_lines:
        attrs = {"rows": 4, "spellcheck": "false", "placeholder": field.example}
        return forms.CharField(**common, strip=False, widget=forms.Textarea(attrs=attrs))
    return forms.CharField(**common, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}))


class ReceiptsForm(forms.Form):
    """From where receipts of a gateway are taken: one address or network a line."""

    receipts_from = forms.CharField(
        label=_("Take receipts only from"),
        required=False,
        max_length=6_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "placeholder": "192.0.2.0/24"}),
        help_text=_(
            "Addresses or networks that your provider calls from, one per line. Empty: any address."
            " Needed if the provider signs nothing. Behind a proxy, NUM_PROXIES must be set."
        ),
    )

    seen = SeenField()

    def networks(self) -> list[str]:
        """Return what was entered. The form must be valid; the service says what is no network."""
        return [each for each in re.split(r"[\s,;]+", self.cleaned_data["receipts_from"]) if each]


def receipts_initial(gateway: Gateway) -> dict[str, Any]:
    """Return what the form of a gateway's receipts begins with."""
    return {"receipts_from": "\n".join(gateway.receipts_from), "seen": gateway.version}


class _SecretText(forms.Textarea):
    """A secret of several lines: what was typed is never shown again, as in the field of a password."""

    def __init__(self) -> None:
        super().__init__(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"})

    def format_value(self, value: Any) -> str | None:
        """Return nothing."""
        del value
        return None


class TrialForm(forms.Form):
    """A test message."""

    phone = PhoneField(widget=forms.TextInput(attrs={"type": "tel", "placeholder": "+7 911 123-45-67"}))
    text = forms.CharField(label=_("Text"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    def clean_text(self) -> str:
        """Return the text. A text without visible characters counts as missing."""
        text = str(self.cleaned_data["text"])
        if is_blank(text):
            raise forms.ValidationError(self.fields["text"].error_messages["required"], code="required")
        return text


class PreviewForm(forms.Form):
    """A number, to see where a message to it would go."""

    phone = PhoneField(widget=forms.TextInput(attrs={"type": "tel", "placeholder": "+7 911 123-45-67"}))


class RuleForm(forms.Form):
    """A rule: whom it is for, and a weight or a place among the fallbacks for each gateway."""

    name = forms.CharField(label=_("Name"), max_length=100, required=False)
    operator_codes = forms.CharField(
        label=_("Operator codes"),
        required=False,
        max_length=6_000,
        help_text=_("Such as 911, 921. Empty: all numbers."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )
    mailing = forms.IntegerField(
        label=_("Mailing"), required=False, min_value=1, help_text=_("The number of one mailing. Empty: all.")
    )
    place = forms.IntegerField(
        label=_("Place in the list"),
        required=False,
        min_value=1,
        max_value=10_000,
        help_text=_("The first rule that matches is used. Empty: last."),
    )
    seen = SeenField()

    def __init__(self, *args: Any, gateways: Sequence[Gateway], **options: Any) -> None:
        super().__init__(*args, **options)
        self.names = [gateway.name for gateway in gateways]
        for name in self.names:
            weight = gettext("Weight of %(name)s") % {"name": name}
            place = gettext("Place of %(name)s among the fallbacks") % {"name": name}
            self.fields[f"weight.{name}"] = forms.IntegerField(
                label=weight, required=False, min_value=1, max_value=MAX_WEIGHT
            )
            self.fields[f"fallback.{name}"] = forms.IntegerField(label=place, required=False, min_value=1, max_value=99)

    @property
    def plain(self) -> list[Any]:
        """The fields above the table of gateways."""
        return [self[name] for name in ("name", "operator_codes", "mailing", "place", "seen")]

    @property
    def rows(self) -> list[tuple[str, Any, Any]]:
        """The table: name, weight, place among the fallbacks."""
        return [(name, self[f"weight.{name}"], self[f"fallback.{name}"]) for name in self.names]

    def clean_operator_codes(self) -> list[int] | None:
        """Return the codes, or None for all.

        Raises:
            ValidationError: One of them is not three digits.
        """
        typed = re.split(r"[\s,;]+", self.cleaned_data["operator_codes"].strip())
        codes = [code for code in typed if code]
        if any(not re.fullmatch("[0-9]{3}", code) for code in codes):
            raise forms.ValidationError(gettext("Enter three-digit codes, separated by commas."))
        return [int(code) for code in codes] or None

    def values(self) -> RouteFields:
        """Return what was entered, as the service takes it."""
        entered = self.cleaned_data
        weights = [(name, entered[f"weight.{name}"]) for name in self.names if entered.get(f"weight.{name}")]
        places = {name: entered[f"fallback.{name}"] for name in self.names if entered.get(f"fallback.{name}")}
        plain = {name: entered[name] for name in ("name", "operator_codes", "mailing", "place")}
        return RouteFields(**plain, gateways=weights, fallbacks=sorted(places, key=lambda name: places[name]))


def rule_seen(rule: Listed) -> str:
    """Return the version of a rule as its form shows it: its place changes when somebody moves another rule."""
    return f"{rule.route.version}.{rule.place}"


def rule_initial(rule: Listed) -> dict[str, Any]:
    """Return what the form of a rule begins with."""
    fields = fields_of(rule.route)
    return {
        "seen": rule_seen(rule),
        "name": fields.name,
        "operator_codes": ", ".join(f"{code:03d}" for code in fields.operator_codes or ()),
        "mailing": fields.mailing,
        "place": rule.place,
        **{f"weight.{name}": weight for name, weight in fields.gateways},
        **{f"fallback.{name}": number for number, name in enumerate(fields.fallbacks, 1)},
    }
