"""Labels for states and codes. A test compares the tables with the code."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from vestnik.models import MailingState

#: The label of each state of a mailing.
MAILING_WORDS: dict[str, Any] = {
    MailingState.SCHEDULED: pgettext_lazy("mailing", "scheduled"),
    MailingState.RUNNING: pgettext_lazy("mailing", "running"),
    MailingState.PAUSED: pgettext_lazy("mailing", "paused"),
    MailingState.COMPLETED: pgettext_lazy("mailing", "completed"),
    MailingState.EXPIRED: pgettext_lazy("mailing", "expired"),
    MailingState.CANCELLED: pgettext_lazy("mailing", "cancelled"),
}
#: The label of each of the nine states of a message.
MESSAGE_WORDS: dict[str, Any] = {
    "queued": pgettext_lazy("message", "queued"),
    "sending": pgettext_lazy("message", "sending"),
    "sent": pgettext_lazy("message", "sent"),
    "delivered": pgettext_lazy("message", "delivered"),
    "undelivered": pgettext_lazy("message", "undelivered"),
    "failed": pgettext_lazy("message", "failed"),
    "expired": pgettext_lazy("message", "expired"),
    "cancelled": pgettext_lazy("message", "cancelled"),
    "unknown": pgettext_lazy("message", "unknown"),
}
#: The meaning of each state. It is shown as a tooltip.
MESSAGE_MEANINGS: dict[str, Any] = {
    "queued": _("waits to be sent"),
    "sending": _("handed to the gateway, no answer yet"),
    "sent": _("the gateway accepted it"),
    "delivered": _("the gateway reported that it was delivered"),
    "undelivered": _("the gateway reported that it was not delivered"),
    "failed": _("the gateway refused it; it is not sent again"),
    "expired": _("not sent before the end of the mailing"),
    "cancelled": _("stopped before it was sent"),
    "unknown": _("it may or may not have been delivered: there was no clear answer"),
}
#: Codes that Vestnik itself assigns. The database has their English text. The console shows them in the user's
#: language.
CODE_WORDS: dict[str, Any] = {
    "end": _("The mailing ended before it could be sent."),
    "wait": _("The gateway asked to wait, and the mailing ended first."),
    "window": _("The mailing ended before the client's send window opened."),
    "cancelled": _("The mailing was cancelled."),
    "stop_list": _("The phone is on the stop list."),
    "client_deleted": _("The client was deleted."),
    "no_gateway": _(
        "All gateways of its rule are suspended. The message waits until one is back in use or until it expires."
    ),
    "paused": _("Sending is paused. The message waits until somebody resumes it, or until its end."),
    "values_erased": _("A value for its personal text is missing."),
    "in_doubt": _("The dispatcher stopped. The message may have reached the gateway."),
    "orphan": _("It was in no batch: it is not known whether it was sent to the gateway."),
    "too_long": _("The text is too long for this gateway. The message waits for another gateway of its rule."),
    "timeout": _("No answer in time."),
    "connect": _("No connection to the gateway."),
    "dns": _("The gateway's host name was not found."),
    "tls": _("No secure connection to the gateway."),
    "reset": _("The connection broke."),
    "garbage": _("The answer could not be read."),
}


def code_words(code: str | None, detail: str | None) -> str:
    """Return the text for a code: our own in the user's language, otherwise the gateway's."""
    if code == "0":
        return ""
    return str(CODE_WORDS.get(code or "", detail or ""))
