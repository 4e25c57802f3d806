"""What differs between two versions of a mailing, the old beside the new."""

from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from vestnik.accounts.audit_log import decisions_about
from vestnik.console.composing.sheet import Sheet
from vestnik.console.mailings.earlier import words_of
from vestnik.console.mailings.segment import segment_words
from vestnik.console.operators import operators_in_words
from vestnik.console.tags import exact, number
from vestnik.mailings.fields import MailingFields
from vestnik.mailings.sms import count_sms
from vestnik.models import AuditEntry, Mailing, OnMissing


class Piece(NamedTuple):
    """A value with the part of it that the other version does not have: ``changed`` stands between the others."""

    before: str
    changed: str
    after: str


class Difference(NamedTuple):
    """A part of a mailing that two versions give different values."""

    part: str
    mine: str
    theirs: str

    @property
    def pieces(self) -> tuple[Piece, Piece]:
        """Both values, with the words that differ."""
        return _pieces(self.mine, self.theirs)


def differences(mine: MailingFields, theirs: MailingFields, *, zone: ZoneInfo) -> list[Difference]:
    """Return the differences as labels and readable values. Times are those of a clock in ``zone``."""
    return different(_spelt(mine, zone), _spelt(theirs, zone))


def changes_of(
    before: MailingFields, sheet: Sheet, *, zone: ZoneInfo, starts_now: bool, clients_before: int | None = None
) -> list[Difference]:
    """Return what an edit changes, and what that changes: the number of clients, and the parts of each text.

    Args:
        before: The mailing as it is.
        sheet: What it would be.
        zone: Times are those of a clock there.
        starts_now: Whether it would start now.
        clients_before: The number of clients as it is. None: the same ones, or not counted yet.
    """
    after = sheet.fields
    new = [(part, _("now") if starts_now and part == _("Start") else value) for part, value in _spelt(after, zone)]
    found = different(_spelt(before, zone), new)
    if clients_before is not None:
        found += different([(_("Clients"), number(clients_before))], [(_("Clients"), number(sheet.total))])
    if before.personal is None and after.personal is None:
        label = _("SMS parts of each message")
        found += different([(label, number(count_sms(before.message_text).parts))], [(label, number(sheet.sms.parts))])
    return found


def last_change(mailing: Mailing) -> AuditEntry | None:
    """Return the audit entry of the last change to a mailing."""
    return decisions_about("mailing", mailing.id).first()


def different(mine: list[tuple[str, str]], theirs: list[tuple[str, str]]) -> list[Difference]:
    """Return the parts that differ. Both lists have the same parts in the same order, each with its value in words."""
    pairs = zip(mine, theirs, strict=True)
    return [Difference(part, one, other) for (part, one), (_part, other) in pairs if one != other]


def _spelt(fields: MailingFields, zone: ZoneInfo) -> list[tuple[str, str]]:
    window = fields.send_window
    return [
        (_("Name of the mailing"), fields.name),
        (_("Text"), fields.message_text),
        (_("Personal text"), _personal(fields)),
        (_("Tags"), _listed(fields.filter_tags)),
        (_("Operators"), _("any") if fields.filter_codes is None else operators_in_words(fields.filter_codes)),
        (_("Earlier mailing"), _earlier(fields)),
        (_("Segment"), _segment(fields)),
        (_("Start"), _time(fields.start_time, zone)),
        (_("End"), _time(fields.end_time, zone)),
        (_("Send window"), f"{window.opens:%H:%M}-{window.closes:%H:%M}" if window else _("any hour")),
    ]


def _earlier(fields: MailingFields) -> str:
    words = words_of(fields.earlier)
    return pgettext("segment", "none") if words is None else f"{words.title}: {words.states} {words.codes}".strip()


def _segment(fields: MailingFields) -> str:
    words = segment_words(fields.segment)
    return pgettext("segment", "none") if words is None else f"{words.name}: {words.conditions}"


def _personal(fields: MailingFields) -> str:
    if fields.personal is None:
        return _("no")
    skips = fields.personal.on_missing == OnMissing.SKIP
    missing = _("clients without a value get nothing") if skips else _("every placeholder has a default")
    return f"{missing}, {fields.personal.locale}"


def _listed(values: list[Any] | None) -> str:
    return _("any") if values is None else ", ".join(str(value) for value in values)


def _time(instant: datetime, zone: ZoneInfo) -> str:
    return exact(instant.astimezone(zone))


def _pieces(mine: str, theirs: str) -> tuple[Piece, Piece]:
    """Cut both texts where they begin and where they end to differ, between words."""
    one, other = mine.split(" "), theirs.split(" ")
    start = _alike(one, other)
    end = min(_alike(one[::-1], other[::-1]), len(one) - start, len(other) - start)
    return _piece(one, start, end), _piece(other, start, end)


def _piece(words: list[str], start: int, end: int) -> Piece:
    last = len(words) - end
    before, changed, after = (" ".join(part) for part in (words[:start], words[start:last], words[last:]))
    return Piece(f"{before} " if before else "", changed, f" {after}" if after else "")


def _alike(one: list[str], other: list[str]) -> int:
    """Return how many words both texts begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (mine, theirs) in pairs if mine != theirs), min(len(one), len(other)))
