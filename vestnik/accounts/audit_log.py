"""The record of decisions, read: newest first, by what they are about, by whom, and when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, F, Func, QuerySet, Value

from vestnik.models import AuditEntry

#: Entries that are read at once for a file.
_CHUNK = 500
#: Actions that change nothing that a form of the thing could overwrite.
_CHANGE_NOTHING = (
    "account.password", "gateway.check", "gateway.ignore_wait", "gateway.out", "gateway.trial", "webhook.replay",
    "webhook.test",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFilter:
    """Which decisions are looked for; what is empty or None leaves nothing out.

    Args:
        object_type: about this kind of thing.
        object_id: about this one.
        actor_name: by this account, without regard to case.
        since: taken then or later.
        until: taken earlier.
    """

    object_type: str = ""
    object_id: int | None = None
    actor_name: str = ""
    since: datetime | None = None
    until: datetime | None = None


def find_decisions(wanted: DecisionFilter, *, before: int | None = None) -> QuerySet[AuditEntry]:
    """Decisions, the newest first; with ``before`` those that are older than the entry with this id."""
    found = AuditEntry.objects.select_related("actor").order_by("-id")
    if wanted.object_type:
        found = found.filter(object_type=wanted.object_type)
    if wanted.object_id is not None:
        found = found.filter(object_id=wanted.object_id)
    if wanted.actor_name:
        found = found.filter(actor_name__iexact=wanted.actor_name)
    if wanted.since is not None:
        found = found.filter(at__gte=wanted.since)
    if wanted.until is not None:
        found = found.filter(at__lt=wanted.until)
    if before is not None:
        found = found.filter(id__lt=before)
    return found


def decisions_about(object_type: str, object_id: int) -> QuerySet[AuditEntry]:
    """Decisions about one thing, the newest first."""
    return find_decisions(DecisionFilter(object_type=object_type, object_id=object_id))


def last_change_of(object_type: str, object_id: int | None) -> AuditEntry | None:
    """The last decision that changed a thing, and not only used it. ``object_id`` None: of all of this type."""
    wanted = DecisionFilter(object_type=object_type, object_id=object_id)
    return find_decisions(wanted).exclude(action__in=_CHANGE_NOTHING).first()


def decisions_in_chunks(wanted: DecisionFilter, *, zone: str, moment: str) -> Iterator[Sequence[AuditEntry]]:
    """All decisions that are looked for, the newest first, some hundreds at a time: memory stays flat.

    Args:
        wanted: which.
        zone: IANA name of the time zone of ``written_at``.
        moment: how it is written, as PostgreSQL's ``to_char`` takes it.

    Yields:
        Entries that have ``written_at``, the time as a text.
    """
    local = Func(Value(zone), F("at"), function="timezone")
    written = Func(local, Value(moment), function="to_char", output_field=CharField())
    before: int | None = None
    while chunk := list(find_decisions(wanted, before=before).annotate(written_at=written)[:_CHUNK]):
        yield chunk
        before = chunk[-1].id
