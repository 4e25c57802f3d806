"""Warnings of the sheet as text."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vestnik.console.composing.forms import MailingForm
from vestnik.console.composing.letters import replaced_words
from vestnik.console.composing.mends import Mend, by_day, later_end, plain_letters
from vestnik.console.composing.sheet import Sheet
from vestnik.mailings.plain_letters import plainer
from vestnik.routing.text_limits import TextLimit, limit_words
from vestnik.statistics.durations import duration

#: If the rate is not known, a mailing shorter than this gets a warning.
_SHORT = timedelta(minutes=10)
#: A mailing that needs more than this share of its time gets a warning.
_TIGHT = 0.8
_ZONES_NAMED = 3


class Warned(NamedTuple):
    """A warning. ``bad`` means that some clients would not receive the mailing.

    ``mend`` is what mends it with one click, if anything obvious does.
    """

    text: str
    bad: bool
    mend: Mend | None = None


def number(value: float) -> str:
    """Format a number with the separators of the language."""
    return number_format(value, use_l10n=True, force_grouping=True)


def clients(count: int) -> str:
    """Format a number of clients: ``1 client``, ``1,234 clients``."""
    return ngettext("%(count)s client", "%(count)s clients", count) % {"count": number(count)}


def warnings(sheet: Sheet, zone: ZoneInfo) -> list[Warned]:
    """Return the warnings of the sheet. Those that cost messages come first. Times are those of a clock in ``zone``."""
    return [*_losses(sheet, zone), *_doubts(sheet, zone)]


def too_long(limit: TextLimit, characters: int, parts: int) -> str:
    """Say that a gateway does not take a text of this length."""
    becomes = _("Messages wait for another gateway of their rule that takes it, and fail where there is none.")
    return f"{limit_words(limit, characters, parts)} {becomes}"


def _losses(sheet: Sheet, zone: ZoneInfo) -> Iterable[Warned]:
    if sheet.total == 0:
        yield Warned(_("No client matches: nobody would get this mailing."), bad=True)
    if sheet.outside_window:
        zones = _zones(sheet.preview.outside_window)
        text = ngettext(
            "%(count)s client will not get it: the send window does not open before the end in %(zones)s.",
            "%(count)s clients will not get it: the send window does not open before the end in %(zones)s.",
            sheet.outside_window,
        )
        yield Warned(
            text % {"count": number(sheet.outside_window), "zones": zones}, bad=True, mend=later_end(sheet, zone)
        )
    for limit in sheet.text_limits:
        yield Warned(too_long(limit, sheet.sms.characters, sheet.sms.parts), bad=True)
    if sheet.too_slow:
        text = ngettext(
            "At this rate about %(count)s message will not be sent before the end. Choose a later end.",
            "At this rate about %(count)s messages will not be sent before the end. Choose a later end.",
            sheet.too_slow,
        )
        mend = None if sheet.outside_window else later_end(sheet, zone)  # It stands above.
        yield Warned(text % {"count": number(sheet.too_slow)}, bad=True, mend=mend)


def _doubts(sheet: Sheet, zone: ZoneInfo) -> Iterable[Warned]:
    if sheet.is_to_everybody and sheet.total:
        yield Warned(_("It goes to all clients: no tags and no operators are chosen."), bad=False)
    if sheet.asleep:
        text = ngettext(
            "It may reach %(count)s client at night (22:00-08:00 on that clock) in %(zones)s: set a send window.",
            "It may reach %(count)s clients at night (22:00-08:00 on their clocks) in %(zones)s: set a send window.",
            sheet.asleep,
        )
        yield Warned(text % {"count": number(sheet.asleep), "zones": _zones(sheet.night)}, bad=False, mend=by_day())
    yield from _letters(sheet)
    yield from _times(sheet, zone)
    if sheet.gateway_is_down:
        yield Warned(_("The gateway does not answer. Messages wait until it does."), bad=False)
    if sheet.others_running:
        text = ngettext(
            "%(count)s other mailing runs now and shares the gateway: both take longer.",
            "%(count)s other mailings run now and share the gateway: all take longer.",
            sheet.others_running,
        )
        yield Warned(text % {"count": number(sheet.others_running)}, bad=False)


def _letters(sheet: Sheet) -> Iterable[Warned]:
    """Warn of a text that has more parts only because of letters that look like others."""
    plain = plainer(sheet.fields.message_text) if sheet.fields.personal is None else None
    if plain is not None:
        text = ngettext(
            "The text has %(before)s SMS parts. With plain characters it has %(parts)s part: %(replaced)s.",
            "The text has %(before)s SMS parts. With plain characters it has %(parts)s parts: %(replaced)s.",
            plain.parts,
        )
        said = {"before": plain.parts_before, "parts": plain.parts, "replaced": replaced_words(plain)}
        yield Warned(text % said, bad=False, mend=plain_letters(plain))


def _times(sheet: Sheet, zone: ZoneInfo) -> Iterable[Warned]:
    if not sheet.total or sheet.too_slow:
        return
    lasts = duration(sheet.lasts.total_seconds())
    if sheet.rate is None and sheet.lasts < _SHORT:
        text = _("The end is only %(lasts)s after the start, and the sending rate is not known yet.")
        yield Warned(text % {"lasts": lasts}, bad=False, mend=later_end(sheet, zone))
    elif sheet.takes is not None and sheet.fields.send_window is None and sheet.takes > _TIGHT * sheet.lasts:
        text = _("There is little time: sending takes about %(takes)s, and the mailing lasts %(lasts)s.")
        said = {"takes": duration(sheet.takes.total_seconds()), "lasts": lasts}
        yield Warned(text % said, bad=False, mend=later_end(sheet, zone))


def _zones(zones: Mapping[str, int]) -> str:
    """Return the names of the zones with the most clients, and the number of other zones."""
    names = sorted(zones, key=lambda zone: (-zones[zone], zone))
    named, more = ", ".join(names[:_ZONES_NAMED]), len(names) - _ZONES_NAMED
    if more <= 0:
        return named
    return ngettext("%(named)s and %(more)d more zone", "%(named)s and %(more)d more zones", more) % {
        "named": named, "more": more,
    }  # fmt: skip


def what_was_saved(form: MailingForm, sheet: Sheet, *, shown: int) -> str:
    """Return the sentence that confirms the save.

    It names the number that the sheet showed if the audience has changed since.
    """
    if form.starts_now:
        text = _("Sending has started: %(clients)s.") % {"clients": clients(sheet.total)}
    elif form.before is not None:
        text = _("The changes are saved. The mailing is scheduled: %(clients)s.") % {"clients": clients(sheet.total)}
    else:
        text = _("The mailing is scheduled: %(clients)s.") % {"clients": clients(sheet.total)}
    if shown == sheet.total:
        return text
    return f"{text} " + _("The review page showed %(shown)s. The number has changed since.") % {"shown": number(shown)}
