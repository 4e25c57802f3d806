"""The values of refused rows, where each needs a fix of its own: people in Vladivostok do not live in Moscow's time."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Count, F, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Trim
from django.db.models.lookups import In

from vestnik.clients.imports.columns import Columns
from vestnik.clients.imports.fixes import fixes_of
from vestnik.clients.zone_names import UNCLEAR, UNKNOWN
from vestnik.models import ImportJob, ImportRefusal

#: Values with a group of their own. The others are one group.
MAX_VALUES = 10
#: Reasons whose rows are grouped by what their time zone says.
_BY_ZONE = (UNKNOWN, UNCLEAR)


class NamedValue(NamedTuple):
    """What a cell says without spaces around it, and how many rows that nobody has taken in say it."""

    value: str
    left: int


def splits(job: ImportJob, reason: str) -> bool:
    """Whether the refused rows of a reason are grouped by their value: there is something to do about each."""
    return reason in _BY_ZONE and bool(fixes_of(job, reason)) and _place(job) is not None


def frequent_values(job: ImportJob, reason: str, left: QuerySet[ImportRefusal]) -> list[NamedValue]:
    """The most frequent values of the rows that an import refused for a reason.

    They are those of all rows, so that a value stays in its group when rows of others are taken in.

    Args:
        job: The import.
        reason: One that :func:`splits`.
        left: The rows that nobody has taken in.
    """
    rows = ImportRefusal.objects.filter(job=job, reason=reason).annotate(value=_value(job))
    is_left = Q(id__in=left.filter(reason=reason).order_by().values("id"))
    counted = rows.values("value").annotate(rows=Count("id"), left=Count("id", filter=is_left))
    found = counted.order_by(F("rows").desc(), "value").values_list("value", "left")[:MAX_VALUES]
    return [NamedValue(value or "", count) for value, count in found]


def has_value(job: ImportJob, values: Sequence[str]) -> In:
    """The condition that a row has one of the values."""
    return In(_value(job), values)


def _value(job: ImportJob) -> Trim:
    return Trim(KeyTextTransform(_place(job), "cells"))


def _place(job: ImportJob) -> int | None:
    return None if job.columns is None else Columns.of_json(job.columns).zone
