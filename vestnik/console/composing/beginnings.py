"""What the form of a mailing begins with: nothing, a copy of another one, or the one that is edited."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from vestnik.console.composing.clock import as_shown
from vestnik.console.composing.forms import ANY, AT, CHOSEN, HOURS, NOW, digest_of
from vestnik.mailings.fields import MailingFields

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
#: Hours that disturb nobody, offered to those who want some.
_USUAL_HOURS = {"window_from": "09:00", "window_to": "21:00"}


def blank(*, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """A new mailing: to nobody yet, from now until this time tomorrow."""
    tomorrow = as_shown(now + _DAY + _HOUR, zone).replace(minute=0)
    return {"start_choice": NOW, "end_at": tomorrow, "window_choice": ANY, **_USUAL_HOURS}


def copied(fields: MailingFields, *, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """A copy: the same text to the same clients; its times where they are still to come, else as long from now."""
    end = fields.end_time if fields.start_time > now else now + (fields.end_time - fields.start_time)
    return {**_of(fields, zone), "start_choice": AT if fields.start_time > now else NOW, "end_at": as_shown(end, zone)}


def edited(fields: MailingFields, *, zone: ZoneInfo) -> dict[str, Any]:
    """The mailing itself."""
    return {**_of(fields, zone), "start_choice": AT, "seen": digest_of(fields)}


def _of(fields: MailingFields, zone: ZoneInfo) -> dict[str, Any]:
    window = fields.send_window
    hours = {"window_from": window.opens, "window_to": window.closes} if window else _USUAL_HOURS
    return {
        "name": fields.name,
        "message_text": fields.message_text,
        "tag_choice": ANY if fields.filter_tags is None else CHOSEN,
        "tags": fields.filter_tags or [],
        "code_choice": ANY if fields.filter_codes is None else CHOSEN,
        "codes": [f"{code:03d}" for code in fields.filter_codes or ()],
        "start_at": as_shown(fields.start_time, zone),
        "end_at": as_shown(fields.end_time, zone),
        "window_choice": HOURS if window else ANY,
        **hours,
    }
