"""The values that the form of a mailing begins with."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from vestnik.console.composing.fields import as_shown
from vestnik.console.composing.forms import ANY, AT, CHOSEN, HOURS, NOW, digest_of
from vestnik.console.mailings.earlier import initial_of
from vestnik.mailings.fields import Earlier, MailingFields
from vestnik.mailings.templates import TemplateFields

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
#: The hours that the form suggests for a send window.
_USUAL_HOURS = {"window_from": "09:00", "window_to": "21:00"}


def blank(*, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Return the initial values of a new mailing. It starts now and ends at about this time tomorrow."""
    tomorrow = as_shown(now + _DAY + _HOUR, zone).replace(minute=0)
    return {"start_choice": NOW, "end_at": tomorrow, "window_choice": ANY, **_USUAL_HOURS}


def copied(fields: MailingFields, *, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Return the initial values of a copy.

    The text and the filter are the same. A start in the future is kept. If the start has passed, the copy starts now
    and lasts as long as the original.
    """
    end = fields.end_time if fields.start_time > now else now + (fields.end_time - fields.start_time)
    return {
        **_initial(fields, zone),
        "start_choice": AT if fields.start_time > now else NOW,
        "end_at": as_shown(end, zone),
    }


def to_these(earlier: Earlier, fields: MailingFields, *, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Return the initial values of a mailing to phones of an earlier one: its name and text, from now on."""
    again = {"name": fields.name, "tag_choice": ANY, "code_choice": ANY}
    return {**blank(now=now, zone=zone), **again, **initial_text(fields), **initial_of(earlier)}


def edited(fields: MailingFields, *, zone: ZoneInfo) -> dict[str, Any]:
    """Return the initial values for an edit of a mailing."""
    return {**_initial(fields, zone), "start_choice": AT, "seen": digest_of(fields)}


def initial_text(fields: MailingFields | TemplateFields) -> dict[str, Any]:
    """Return the initial values of the text, of the switch for a personal one, and of what it opens."""
    if fields.personal is None:
        return {"message_text": fields.message_text}
    return {
        "message_text": fields.message_text,
        "personal": True,
        "on_missing": fields.personal.on_missing.value,
        "locale": fields.personal.locale,
    }


def _initial(fields: MailingFields, zone: ZoneInfo) -> dict[str, Any]:
    window = fields.send_window
    hours = {"window_from": window.opens, "window_to": window.closes} if window else _USUAL_HOURS
    return {
        "name": fields.name,
        **initial_text(fields),
        "tag_choice": ANY if fields.filter_tags is None else CHOSEN,
        "tags": fields.filter_tags or [],
        "segment": "" if fields.segment is None else str(fields.segment.id),
        "code_choice": ANY if fields.filter_codes is None else CHOSEN,
        "codes": [f"{code:03d}" for code in fields.filter_codes or ()],
        "start_at": as_shown(fields.start_time, zone),
        "end_at": as_shown(fields.end_time, zone),
        "window_choice": HOURS if window else ANY,
        **hours,
        **initial_of(fields.earlier),
    }
