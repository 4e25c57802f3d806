"""Two versions of a mailing side by side."""

from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from vestnik.mailings.fields import MailingFields
from vestnik.models import AuditEntry, Mailing


class Difference(NamedTuple):
    """A part of a mailing of which two versions say different things."""

    part: str
    mine: str
    theirs: str


def differences(mine: MailingFields, theirs: MailingFields, *, zone: ZoneInfo) -> list[Difference]:
    """What differs, in a person's words; times as the clock of ``zone`` shows them."""
    pairs = zip(_spelt(mine, zone), _spelt(theirs, zone), strict=True)
    return [Difference(part, one, other) for (part, one), (_part, other) in pairs if one != other]


def last_change(mailing: Mailing) -> AuditEntry | None:
    """Who changed a mailing last."""
    return AuditEntry.objects.filter(object_type="mailing", object_id=mailing.id).order_by("-id").first()


def _spelt(fields: MailingFields, zone: ZoneInfo) -> list[tuple[str, str]]:
    window = fields.send_window
    return [
        (_("Name of the mailing"), fields.name),
        (_("Text"), fields.message_text),
        (_("Tags"), _listed(fields.filter_tags)),
        (_("Operators"), _listed(fields.filter_codes)),
        (_("Start"), _time(fields.start_time, zone)),
        (_("End"), _time(fields.end_time, zone)),
        (_("Send window"), f"{window.opens:%H:%M}-{window.closes:%H:%M}" if window else _("any hour")),
    ]


def _listed(values: list[Any] | None) -> str:
    return _("any") if values is None else ", ".join(str(value) for value in values)


def _time(instant: datetime, zone: ZoneInfo) -> str:
    return date_format(instant.astimezone(zone), "j E Y, H:i:s")
