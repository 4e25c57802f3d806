"""What mends a warning or an error with one click: fields of the form, and the values that it sets.

On the sheet the server sets them, and shows what they said before. In the form the browser does: it is not sent yet.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from vestnik.audience.forecast import foresee
from vestnik.console.composing.changes import Difference, different
from vestnik.console.composing.fields import as_instant, as_shown
from vestnik.console.composing.forms import HOURS, NOW, MailingForm
from vestnik.console.composing.sheet import Sheet
from vestnik.console.tags import moment
from vestnik.instants import read_local_time
from vestnik.mailings.plain_letters import Plainer
from vestnik.mailings.windows import next_closing, next_opening, zone_of

#: The fields that a mend may set.
_FIELDS = ("message_text", "start_choice", "start_at", "end_at", "window_choice", "window_from", "window_to")
#: The posted name of the values that take a mend back.
_BACK = "unmend"
_DAY = {"window_choice": HOURS, "window_from": "09:00", "window_to": "21:00"}
_HOUR, _ONE_DAY = timedelta(hours=1), timedelta(days=1)
#: How far a later end may be away from the start.
_FAR = timedelta(days=31)
#: A later end leaves half as much again as sending takes by the forecast, which is a rough one.
_ROOM = 1.5


class Mend(NamedTuple):
    """A click that mends something.

    ``change`` has the fields and their new values, as a query string. ``label`` stands on the button.
    """

    change: str
    label: str


class Mended(NamedTuple):
    """What a click has changed. ``back`` is the change that takes it back."""

    rows: list[Difference]
    back: str


def by_day() -> Mend:
    """Set hours in which nobody is woken."""
    return Mend(urlencode(_DAY), _("Send only from 09:00 to 21:00, in each client's time zone"))


def plain_letters(plain: Plainer) -> Mend:
    """Replace the letters that make the text longer."""
    return Mend(urlencode({"message_text": plain.text}), _("Replace these characters"))


def later_end(sheet: Sheet, zone: ZoneInfo) -> Mend | None:
    """Move the end so far that all clients can get the message. None: it cannot be said how far."""
    end = _end_for_all(sheet)
    return None if end is None or end <= sheet.fields.end_time else _end_at(end, zone)


def mends_of(form: MailingForm) -> dict[str, Mend]:
    """Return what mends the errors of a form, by the field that the error stands at."""
    found = {}
    if form.has_error("start_at", "past"):
        found["start_at"] = Mend(urlencode({"start_choice": NOW}), _("Start now"))
    if form.has_error("end_at", "early"):
        start = form.now if form.starts_now else form.instant("start_at", None) or form.now
        found["end_at"] = _end_at(max(start, form.now) + _ONE_DAY, form.in_zone)
    if form.has_error("window_to", "same"):
        found["window_to"] = by_day()
    for name in ("start_at", "end_at"):
        typed = read_local_time(form.typed.get(name, "").strip())
        if typed is not None and form.has_error(name, "skipped"):
            found[name] = _after_the_gap(name, typed, form.in_zone)
    return found


def mended(posted: QueryDict) -> QueryDict:
    """Return the posted form with the mend whose button was pressed, if it was one."""
    change = posted.get("mend")
    if change is None:
        return posted
    typed, new = posted.copy(), QueryDict(change[:100_000])
    names = [name for name in _FIELDS if name in new]
    typed[_BACK] = urlencode({name: posted.get(name, "") for name in names})
    for name in names:
        typed[name] = new[name]
    for name in ("mend", "step"):
        typed.pop(name, None)
    return typed


def mended_before(typed: QueryDict) -> Mended | None:
    """Return what the last click has changed in a form. None: nothing was changed by a click."""
    back = typed.get(_BACK, "")
    if not back:
        return None
    before, old = typed.copy(), QueryDict(back)
    for name in old:
        before[name] = old[name]
    return Mended(different(_spelt(before), _spelt(typed)), back)


def _spelt(typed: QueryDict) -> list[tuple[str, str]]:
    """Return what a mend may change, as it was typed."""
    hours = f"{typed.get('window_from', '')}–{typed.get('window_to', '')}"
    return [
        (_("Text"), typed.get("message_text", "").replace("\r\n", "\n")),
        (_("Start"), _("now") if typed.get("start_choice") == NOW else _time(typed.get("start_at", ""))),
        (_("End"), _time(typed.get("end_at", ""))),
        (_("Send window"), hours if typed.get("window_choice") == HOURS else _("any hour")),
    ]


def _time(typed: str) -> str:
    read = read_local_time(typed)
    return typed if read is None else moment(read)


def _end_for_all(sheet: Sheet) -> datetime | None:
    """Return a time by which every client's window has been open, and every message is sent at this rate."""
    start, window = sheet.preview.starts_at, sheet.fields.send_window
    zones = {name: zone for name in sheet.preview.audience.by_timezone if (zone := zone_of(name)) is not None}
    ends = [start + _ONE_DAY] if sheet.rate is None else []
    if window is not None:
        ends += [next_closing(window, zone, next_opening(window, zone, start)) for zone in zones.values()]
    if sheet.rate is not None:
        known = {name: clients for name, clients in sheet.preview.audience.by_timezone.items() if name in zones}
        forecast = foresee(
            zones=known, window=window, start=start, end=start + _FAR, rate=sheet.rate.per_second
        )  # fmt: skip
        if forecast is None or forecast.unsent or forecast.last_leaves_at is None:
            return None
        ends.append(start + _ROOM * (forecast.last_leaves_at - start))
    return max(ends)


def _end_at(end: datetime, zone: ZoneInfo) -> Mend:
    """Set the end to the next full hour that a clock in ``zone`` shows once."""
    shown = as_shown(end + _HOUR - timedelta(microseconds=1), zone).replace(minute=0)
    while not _is_shown_once(shown, zone):
        shown += _HOUR
    return Mend(urlencode({"end_at": _typed(shown)}), _("Move the end to %(time)s") % {"time": moment(shown)})


def _is_shown_once(shown: datetime, zone: ZoneInfo) -> bool:
    try:
        as_instant(shown, zone)
    except ValidationError:
        return False
    return True


def _after_the_gap(name: str, typed: datetime, zone: ZoneInfo) -> Mend:
    """Set the time that the clock shows instead of one that it skips."""
    shown = as_shown(typed.replace(tzinfo=zone).astimezone(UTC), zone)
    return Mend(urlencode({name: _typed(shown)}), _("Use %(time)s") % {"time": moment(shown)})


def _typed(shown: datetime) -> str:
    return f"{shown:%Y-%m-%dT%H:%M}"
