"""Forms for accounts and keys. The services decide what is valid."""

import secrets
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.forms.utils import from_current_timezone
from django.utils.translation import gettext_lazy as _

from vestnik.accounts.phone_access import sees_phones
from vestnik.characters import clean_text
from vestnik.console.clients.fields import OptionalPhoneField
from vestnik.console.composing.fields import ClockField
from vestnik.console.conflicts import SeenField
from vestnik.models import Language, Role

#: Time zones without rarely used aliases.
_PLACES = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")


#: The maximum length of a password, as in the REST API.
MAX_PASSWORD = 128

_VIEWER_WITHOUT_PHONES = _("Viewer: read-only, phone numbers masked, no downloads")
_REPORT_GOES_THERE = _("Administrators get the daily report at this address.")


def role_choices() -> list[tuple[str, Any]]:
    """Return the roles with a description of each."""
    return [
        (Role.VIEWER.value, _("Viewer: read-only") if sees_phones(Role.VIEWER) else _VIEWER_WITHOUT_PHONES),
        (Role.OPERATOR.value, _("Operator: clients and mailings")),
        (Role.ADMINISTRATOR.value, _("Administrator: also users and settings")),
    ]


def zone_choices() -> list[tuple[str, Any]]:
    """Return the time zone of the installation, and all others."""
    zones = sorted(zone for zone in available_timezones() if zone.startswith(_PLACES) or zone == "UTC")
    default = _("Default: %(zone)s") % {"zone": settings.TIME_ZONE}
    return [("", default), *((zone, zone.replace("_", " ")) for zone in zones)]


class TemporaryPasswordField(forms.CharField):
    """A password that an administrator gives to somebody else: generated, and visible, because it has to be sent."""

    def __init__(self, **more: Any) -> None:
        """Take Django's options, such as ``help_text``. A form that nobody has sent yet shows 72 random bits."""
        super().__init__(
            label=_("Temporary password"),
            initial=partial(secrets.token_urlsafe, 9),
            strip=False,
            max_length=MAX_PASSWORD,
            widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            **more,
        )


class PreferencesForm(forms.Form):
    """The user's own name, language and time zone."""

    first_name = forms.CharField(label=_("First name"), max_length=150, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=150, required=False)
    language = forms.ChoiceField(label=_("Language of the console and of the daily report"), choices=Language.choices)
    timezone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices, required=False)
    own_phone = OptionalPhoneField(
        label=_("Your phone number"), help_text=_("“Test to me” sends the text of a new mailing to it.")
    )


class PasswordForm(forms.Form):
    """A new password for the user's own account."""

    old_password = forms.CharField(
        label=_("Current password"),
        strip=False,
        max_length=MAX_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=MAX_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters, not a common word, not only digits, not like your name."),
    )


class NewPersonForm(forms.Form):
    """An account for another person."""

    username = forms.CharField(label=_("Username"), max_length=150)
    email = forms.EmailField(label=_("E-mail"), required=False, help_text=_REPORT_GOES_THERE)
    role = forms.ChoiceField(label=_("Role"), choices=role_choices, initial=Role.OPERATOR.value)
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices, required=False)
    password = TemporaryPasswordField(
        help_text=_("It is shown once more after creation. It must be changed at the first login.")
    )


class PersonForm(forms.Form):
    """The rights of an account."""

    email = forms.EmailField(label=_("E-mail"), required=False, help_text=_REPORT_GOES_THERE)
    role = forms.ChoiceField(label=_("Role"), choices=role_choices)
    is_active = forms.BooleanField(
        label=_("May log in"),
        required=False,
        help_text=_("If this is off, the account is closed and logged out everywhere."),
    )
    seen = SeenField()


class ResetForm(forms.Form):
    """A temporary password for another person."""

    password = TemporaryPasswordField(
        help_text=_("All sessions of this account end. The password must be changed at the next login.")
    )


class KeyForm(forms.Form):
    """An API key."""

    name = forms.CharField(label=_("Purpose"), max_length=100)
    role = forms.ChoiceField(label=_("Role"), choices=role_choices, initial=Role.VIEWER.value)
    expires_at = ClockField(label=_("Works until"), required=False, help_text=_("Empty: never expires."))

    def clean_name(self) -> str:
        """Return the name as it is stored. A name without visible characters counts as missing."""
        name = clean_text(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError(self.fields["name"].error_messages["required"], code="required")
        return name

    def clean_expires_at(self) -> datetime | None:
        """Return the instant, read in the time zone of the page.

        Raises:
            ValidationError: The clock never shows this time, or shows it twice.
        """
        typed = self.cleaned_data["expires_at"]
        return None if typed is None else from_current_timezone(typed)
