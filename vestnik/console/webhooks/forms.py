"""Forms of webhooks. The services decide what is valid."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from vestnik.console.composing.fields import ClockField, as_instant, as_shown
from vestnik.console.conflicts import SeenField
from vestnik.models import DisabledCode, WebhookEventType
from vestnik.webhooks.endpoints import MAX_DESCRIPTION
from vestnik.webhooks.targets import MAX_URL

#: What happens, in words, by the type of its event.
EVENTS: dict[str, Any] = {
    WebhookEventType.MESSAGE_SENT: _("messages sent"),
    WebhookEventType.MESSAGE_DELIVERED: _("messages delivered"),
    WebhookEventType.MESSAGE_UNDELIVERED: _("messages not delivered"),
    WebhookEventType.MESSAGE_FAILED: _("messages refused"),
    WebhookEventType.MESSAGE_UNKNOWN: _("messages with an unknown outcome"),
    WebhookEventType.MAILING_STARTED: _("a mailing started"),
    WebhookEventType.MAILING_PAUSED: _("a mailing was paused"),
    WebhookEventType.MAILING_RESUMED: _("a mailing was resumed"),
    WebhookEventType.MAILING_CANCELLED: _("a mailing was cancelled"),
    WebhookEventType.MAILING_FINISHED: _("a mailing finished, with its totals"),
    WebhookEventType.IMPORT_FINISHED: _("an import finished"),
    WebhookEventType.GATEWAY_DOWN: _("a gateway went down"),
    WebhookEventType.GATEWAY_OUT: _("a gateway rejects our account"),
    WebhookEventType.GATEWAY_UP: _("a gateway is up again"),
    WebhookEventType.INBOUND_RECEIVED: _("a text came in"),
}
#: Why an endpoint is disabled, in words.
DISABLED: dict[str, Any] = {
    DisabledCode.OPERATOR: pgettext_lazy("webhook", "disabled"),
    DisabledCode.GONE: pgettext_lazy("webhook", "disabled: it answered 410"),
    DisabledCode.FAILING: pgettext_lazy("webhook", "disabled: nothing arrived for 75 hours"),
}


class WebhookForm(forms.Form):
    """An endpoint, new or changed."""

    url = forms.CharField(
        label=_("Address"),
        max_length=MAX_URL,
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("https, at an address of the public internet."),
    )
    description = forms.CharField(label=_("Description"), max_length=MAX_DESCRIPTION, required=False)
    event_types = forms.MultipleChoiceField(
        label=_("Events"),
        choices=list(EVENTS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    seen = SeenField()

    def values(self) -> dict[str, Any]:
        """Return what was entered, as the service takes it."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}


class ReplayForm(forms.Form):
    """A period whose events are delivered again, by the clock of ``zone``."""

    first = ClockField(label=_("From"))
    last = ClockField(label=_("Until"))

    def __init__(self, *args: Any, zone: ZoneInfo, now: datetime, **options: Any) -> None:
        begin = as_shown(now - timedelta(hours=1), zone)
        end = as_shown(now + timedelta(minutes=1), zone)
        super().__init__(*args, **{"initial": {"first": begin, "last": end}, **options})
        self.zone = zone

    def clean_first(self) -> datetime:
        """Return the beginning as an instant."""
        return as_instant(self.cleaned_data["first"], self.zone)

    def clean_last(self) -> datetime:
        """Return the end as an instant."""
        return as_instant(self.cleaned_data["last"], self.zone)
