"""Segments as people read them: the conditions in words, and what a mailing keeps of one."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vestnik.clients.segments.conditions import AttributeTest, Conditions, Days, Rule, SegmentCopy, Test, When
from vestnik.clients.segments.store import fields_of_segment, segment_now
from vestnik.console.tags import number, shown_value, value_words

_SIGNS = {Test.EQUALS: "=", Test.NOT: "≠", Test.GREATER: ">", Test.LESS: "<"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleWords:
    """The conditions of a segment in words: of those who are in, and of those who are left out (empty: nobody is)."""

    include: list[str]
    exclude: list[str]

    @property
    def line(self) -> str:
        """All of them in one line."""
        parts = ["; ".join(self.include) or _("all clients")]
        if self.exclude:
            parts.append(_("Left out: %(conditions)s") % {"conditions": "; ".join(self.exclude)})
        return ". ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentWords:
    """The segment that a mailing keeps. ``is_there``: it has a page. ``has_changed``: it says something else now."""

    id: int
    name: str
    conditions: str
    is_there: bool
    has_changed: bool


def rule_words(rule: Rule) -> RuleWords:
    """Describe a segment."""
    return RuleWords(include=_lines(rule.include), exclude=[] if rule.exclude is None else _lines(rule.exclude))


def segment_words(copy: SegmentCopy | None) -> SegmentWords | None:
    """Describe the segment of a mailing."""
    if copy is None:
        return None
    now = segment_now(copy.id)
    return SegmentWords(
        id=copy.id, name=copy.name, conditions=rule_words(copy.rule).line, is_there=now is not None,
        has_changed=now is not None and fields_of_segment(now).rule != copy.rule,
    )  # fmt: skip


def _lines(conditions: Conditions) -> list[str]:
    lines = []
    if conditions.tags is not None:
        lines.append(_("tags: %(tags)s") % {"tags": ", ".join(conditions.tags)})
    if conditions.codes is not None:
        lines.append(_("operator codes: %(codes)s") % {"codes": ", ".join(f"{code:03d}" for code in conditions.codes)})
    lines += map(_test, conditions.attributes)
    if conditions.created is not None:
        lines.append(_created(conditions.created))
    if conditions.last_message is not None:
        lines.append(_last_message(conditions.last_message))
    return lines


def _test(test: AttributeTest) -> str:
    if test.test == Test.IS_SET:
        return _("%(name)s is set") % {"name": test.name}
    if test.test == Test.IS_NOT_SET:
        return _("%(name)s is not set") % {"name": test.name}
    value = "" if test.value is None else test.value
    if test.test == Test.CONTAINS:
        return _("%(name)s contains “%(value)s”") % {"name": test.name, "value": shown_value(value)}
    return f"{test.name} {_SIGNS[test.test]} {value_words(value)}"


def _created(created: Days) -> str:
    if created.when == When.WITHIN:
        text = ngettext("added in the last %(days)s day", "added in the last %(days)s days", created.days)
    else:
        text = ngettext("added more than %(days)s day ago", "added more than %(days)s days ago", created.days)
    return text % {"days": number(created.days)}


def _last_message(last: Days) -> str:
    if last.when == When.WITHIN:
        text = ngettext("got a message in the last %(days)s day", "got a message in the last %(days)s days", last.days)
    else:
        text = ngettext("no message in the last %(days)s day", "no message in the last %(days)s days", last.days)
    return text % {"days": number(last.days)}
