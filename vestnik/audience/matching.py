"""Who a mailing's filter matches, as a condition of SQL with its values: the one place that makes it.

It is the same for building an audience, for counting it before, and for showing who is in a segment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from vestnik.audience.attribute_path import path_of
from vestnik.clients.segments.conditions import Conditions, Days, Rule, When
from vestnik.db.connection import HasCursor
from vestnik.db.statements import Statements
from vestnik.ledger.fragments import MESSAGE_NUMBERS
from vestnik.mailings.fields import Earlier, MailingFields, matched_tags

SQL = Statements("vestnik.audience", **MESSAGE_NUMBERS)
_INCLUDE, _EXCLUDE = "include", "exclude"


class Filter(NamedTuple):
    """A mailing's filter; None means that there is no such condition.

    Args:
        tags: its tags.
        codes: its operator codes.
        earlier: its earlier mailing.
        segment: its segment, as the mailing keeps it.
    """

    tags: Sequence[str] | None = None
    codes: Sequence[int] | None = None
    earlier: Earlier | None = None
    segment: Rule | None = None


def filter_of(fields: MailingFields) -> Filter:
    """The filter of a mailing."""
    return Filter(fields.filter_tags, fields.filter_codes, fields.earlier, fields.segment_rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """A condition for client ``c``.

    Args:
        fragments: what ``matches.sql`` names in braces.
        values: what it needs.
    """

    fragments: dict[str, str]
    values: dict[str, Any]

    @property
    def text(self) -> str:
        """The condition."""
        return SQL.text("matches", **self.fragments)


def matching(
    connection: HasCursor,
    *,
    tags: Sequence[str] | None,
    codes: Sequence[int] | None,
    segment: Rule | None,
    as_of: datetime | None = None,
    but: int = 0,
) -> Matching:
    """The condition of a filter.

    Args:
        connection: any; the ledger is asked only if a segment looks at messages.
        tags: the filter's tags; None: it has none.
        codes: its operator codes; None: it has none.
        segment: its segment, as the mailing keeps it; None: it has none.
        as_of: the ledger's time from which the days of the segment are counted back. None without a segment.
        but: the mailing whose own messages do not count as the last ones.
    """
    values: dict[str, Any] = {"tags": matched_tags(tags), "codes": None if codes is None else list(codes)}
    if segment is None:
        return Matching(fragments={"in_segment": ""}, values=values)
    if as_of is None:
        raise ValueError("a segment counts its days back from a time")
    included = _part(connection, _INCLUDE, segment.include, values, as_of, but)
    text = f"AND ({included})"
    if segment.exclude is not None:
        text += f" AND NOT ({_part(connection, _EXCLUDE, segment.exclude, values, as_of, but)})"
    return Matching(fragments={"in_segment": text}, values=values)


def _part(
    connection: HasCursor, part: str, conditions: Conditions, values: dict[str, Any], as_of: datetime, but: int
) -> str:
    """The condition of one part. Its values are added to ``values``."""
    created_from, created_before = _created(conditions.created, as_of)
    values |= {
        f"{part}_tags": conditions.tags, f"{part}_codes": conditions.codes,
        f"{part}_attributes": path_of(conditions.attributes),
        f"{part}_created_from": created_from, f"{part}_created_before": created_before,
    }  # fmt: skip
    last = conditions.last_message
    if last is None:
        return SQL.text("segment_part", part=part, messaged="")
    since = as_of - timedelta(days=last.days)
    mailings = [row[0] for row in SQL.run(connection, "recent_mailings", since=since, but=but)]
    values |= {f"{part}_mailings": mailings, f"{part}_messages_from": since}
    negation = "" if last.when == When.WITHIN else "NOT "
    messaged = f"AND {negation}{SQL.text('segment_messaged', part=part)}"
    return SQL.text("segment_part", part=part, messaged=messaged)


def _created(created: Days | None, as_of: datetime) -> tuple[datetime | None, datetime | None]:
    """From when on, and before when, a client was added; None: at any time."""
    if created is None:
        return None, None
    edge = as_of - timedelta(days=created.days)
    return (edge, None) if created.when == When.WITHIN else (None, edge)
