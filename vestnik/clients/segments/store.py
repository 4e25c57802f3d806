"""Segments are kept, found, changed and deleted here. Every decision is recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.clients.segments.checking import check_rule
from vestnik.clients.segments.conditions import Rule, SegmentCopy, conditions_as_json, rule_of
from vestnik.db.named_rows import save_named, set_columns
from vestnik.errors import InvalidInput, NotFound, StateForbids
from vestnik.models import Segment, User

#: Characters of a name, as in the ledger's column.
MAX_NAME = 100
#: Segments, at most: the form of a mailing lists them all.
MAX_SEGMENTS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentFields:
    """What somebody gives of a segment."""

    name: str
    rule: Rule


def find_segments() -> QuerySet[Segment]:
    """All segments, in no order."""
    return Segment.objects.all()


def segment_names() -> list[tuple[int, str]]:
    """The id and the name of each segment, by name."""
    return list(Segment.objects.order_by("name").values_list("id", "name"))


def get_segment(*, segment_id: int) -> Segment:
    """The segment with this id.

    Raises:
        NotFound: there is none.
    """
    return _found(Segment.objects.filter(id=segment_id).first())


def lock_segment(*, segment_id: int) -> Segment:
    """The segment with this id, locked until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    return _found(Segment.objects.select_for_update(no_key=True).filter(id=segment_id).first())


def segment_now(segment_id: int) -> Segment | None:
    """The segment with this id; None: it is gone."""
    return Segment.objects.filter(id=segment_id).first()


def fields_of_segment(segment: Segment) -> SegmentFields:
    """The present fields of a segment."""
    return SegmentFields(name=segment.name, rule=rule_of(segment.conditions, segment.exclude))


def copied_segment(segment_id: int, *, before: SegmentCopy | None = None) -> SegmentCopy:
    """A copy of a segment as it is now, for a mailing.

    Args:
        segment_id: which one.
        before: the copy that the mailing has; it stays if the segment is gone.

    Raises:
        InvalidInput: ``filter``: there is no such segment.
    """
    segment = segment_now(segment_id)
    if segment is not None:
        return SegmentCopy(id=segment.id, name=segment.name, rule=fields_of_segment(segment).rule)
    if before is not None and before.id == segment_id:
        return before
    raise InvalidInput({"filter": [_("There is no such segment.")]})


def create_segment(*, fields: SegmentFields, actor: User | None) -> Segment:
    """Keep a filter under a name.

    Raises:
        InvalidInput: ``name``: it is taken; ``conditions``, ``exclude``: they ask for nothing.
        StateForbids: there are too many segments.
    """
    check_rule(fields.rule)
    if Segment.objects.count() >= MAX_SEGMENTS:
        raise StateForbids(_("There are %(most)s segments already: delete one first.") % {"most": MAX_SEGMENTS})
    segment = Segment(**_columns(fields), created_by=actor)
    with transaction.atomic():
        _save(segment)
        segment.refresh_from_db()
        _note(segment, "create", actor, {})
    return segment


def edit_segment(*, segment: Segment, fields: SegmentFields, actor: User | None) -> Segment:
    """Change a segment, locked in a transaction. Mailings that took a copy of it stay as they are.

    Raises:
        InvalidInput: as :func:`create_segment`.
    """
    check_rule(fields.rule)
    changed = set_columns(segment, _columns(fields))
    if not changed:
        return segment
    _save(segment, changed)
    _note(segment, "edit", actor, {"changed": changed})
    return segment


def delete_segment(*, segment: Segment, actor: User | None) -> None:
    """Delete a segment, locked in a transaction. Mailings that took a copy of it stay as they are."""
    _note(segment, "delete", actor, {})
    segment.delete()


def _columns(fields: SegmentFields) -> dict[str, Any]:
    exclude = fields.rule.exclude
    return {
        "name": fields.name,
        "conditions": conditions_as_json(fields.rule.include),
        "exclude": None if exclude is None else conditions_as_json(exclude),
    }


def _save(segment: Segment, changed: list[str] | None = None) -> None:
    save_named(segment, changed, unique="segment_name_once", taken=_("There is a segment with this name already."))


def _found(segment: Segment | None) -> Segment:
    if segment is None:
        raise NotFound(_("There is no such segment."))
    return segment


def _note(segment: Segment, action: str, actor: User | None, details: Mapping[str, Any]) -> None:
    """Record a decision, without the values of conditions: they may be personal, and the audit is kept for ever."""
    told = {"name": segment.name, **details}
    record(actor=actor, action=f"segment.{action}", object_type="segment", object_id=segment.id, details=told)
