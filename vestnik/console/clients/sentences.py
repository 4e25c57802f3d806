"""Sentences that report what happened to messages and to the stop list."""

from django.utils.translation import ngettext

from vestnik.clients.stop_list import Stopped
from vestnik.ledger.recalls import Recalled


def said_of_recalled(recalled: Recalled) -> list[str]:
    """Return sentences that report what happened to queued messages. The list is empty if there were none."""
    cancelled = ngettext(
        "%(count)d queued message was cancelled.", "%(count)d queued messages were cancelled.", recalled.cancelled
    )
    unknown = ngettext(
        "It is not known whether %(count)d message was delivered.",
        "It is not known whether %(count)d messages were delivered.",
        recalled.unknown,
    )
    sending = ngettext(
        "%(count)d message is being sent now.",
        "%(count)d messages are being sent now.",
        recalled.sending,
    )
    counted = zip((cancelled, unknown, sending), recalled, strict=True)
    return [sentence % {"count": count} for sentence, count in counted if count]


def said_of_stopped(stopped: Stopped) -> list[str]:
    """Return sentences that report the result of stopping phones."""
    added = ngettext(
        "%(count)d number was added to the stop list.", "%(count)d numbers were added to the stop list.", stopped.added
    )
    known = ngettext("%(count)d was already on it.", "%(count)d were already on it.", stopped.known)
    counted = ((added, stopped.added), (known, stopped.known))
    return [*(sentence % {"count": count} for sentence, count in counted if count), *said_of_recalled(stopped.recalled)]
