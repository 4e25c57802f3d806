"""What a segment says: who is in it, and who of them is left out. Values, and their JSON in the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from vestnik.clients.attributes.values import Value
from vestnik.models import AttributeType

#: Tests of attributes in one part of a segment.
MAX_TESTS = 20
#: Days, at most: of a client's age, and of the last message. Each mailing of these days costs a look-up for a client.
MAX_AGE_DAYS, MAX_MESSAGE_DAYS = 3_650, 90


class Test(StrEnum):
    """What is asked of an attribute. ``NOT`` and ``IS_NOT_SET`` also match clients who do not have it."""

    __test__ = False  # It is none of pytest's.

    EQUALS = "equals"
    NOT = "not"
    GREATER = "greater"
    LESS = "less"
    CONTAINS = "contains"
    IS_SET = "is_set"
    IS_NOT_SET = "is_not_set"


#: The tests that need no value.
WITHOUT_VALUE = frozenset({Test.IS_SET, Test.IS_NOT_SET})
_OF_ALL = frozenset({Test.EQUALS, Test.NOT, *WITHOUT_VALUE})
_OF_ORDERED = _OF_ALL | {Test.GREATER, Test.LESS}
#: The tests of each type. A date is greater if it is later.
TESTS_OF_TYPE = {
    AttributeType.TEXT: _OF_ALL | {Test.CONTAINS},
    AttributeType.NUMBER: _OF_ORDERED,
    AttributeType.DATE: _OF_ORDERED,
}


class When(StrEnum):
    """Whether something happened in the last days, or not: before them, or never."""

    WITHIN = "within"
    NOT_WITHIN = "not_within"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeTest:
    """A test of one attribute. ``value`` is as clients have it; None where the test needs none."""

    name: str
    test: Test
    value: Value | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Something happened in the last ``days`` days (of 24 hours), or did not."""

    when: When
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """All of them must hold. None and an empty list ask for nothing.

    Args:
        tags: one of these tags.
        codes: one of these operator codes.
        attributes: all of these tests.
        created: when the client was added.
        last_message: when the client was last sent something.
    """

    tags: list[str] | None = None
    codes: list[int] | None = None
    attributes: list[AttributeTest] = field(default_factory=list)
    created: Days | None = None
    last_message: Days | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it asks for nothing, so that everybody matches."""
        return self == Conditions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Clients who match ``include``, without those who match ``exclude`` (None: nobody is left out)."""

    include: Conditions
    exclude: Conditions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentCopy:
    """A segment as it was when a mailing took it. The mailing keeps it, whatever becomes of the segment."""

    id: int
    name: str
    rule: Rule


def conditions_as_json(conditions: Conditions) -> dict[str, Any]:
    """The conditions as the ledger keeps them."""
    return {
        "tag": conditions.tags,
        "operator_code": conditions.codes,
        "attributes": [
            {"name": each.name, "test": each.test.value, "value": each.value} for each in conditions.attributes
        ],
        "created": _days_as_json(conditions.created),
        "last_message": _days_as_json(conditions.last_message),
    }


def conditions_of(plain: Mapping[str, Any]) -> Conditions:
    """The conditions of what :func:`conditions_as_json` gave."""
    return Conditions(
        tags=plain["tag"],
        codes=plain["operator_code"],
        attributes=[
            AttributeTest(name=each["name"], test=Test(each["test"]), value=each["value"])
            for each in plain["attributes"]
        ],
        created=_days_of(plain["created"]),
        last_message=_days_of(plain["last_message"]),
    )


def rule_of(conditions: Mapping[str, Any], exclude: Mapping[str, Any] | None) -> Rule:
    """The rule from the two columns of a segment."""
    return Rule(include=conditions_of(conditions), exclude=None if exclude is None else conditions_of(exclude))


def copy_as_json(copy: SegmentCopy) -> dict[str, Any]:
    """A copy as a mailing keeps it."""
    exclude = copy.rule.exclude
    return {
        "id": copy.id, "name": copy.name, "conditions": conditions_as_json(copy.rule.include),
        "exclude": None if exclude is None else conditions_as_json(exclude),
    }  # fmt: skip


def copy_of(plain: Mapping[str, Any] | None) -> SegmentCopy | None:
    """The copy of what :func:`copy_as_json` gave; None: there is none."""
    if plain is None:
        return None
    return SegmentCopy(id=plain["id"], name=plain["name"], rule=rule_of(plain["conditions"], plain["exclude"]))


def _days_as_json(days: Days | None) -> dict[str, Any] | None:
    return None if days is None else {"when": days.when.value, "days": days.days}


def _days_of(plain: Mapping[str, Any] | None) -> Days | None:
    return None if plain is None else Days(when=When(plain["when"]), days=plain["days"])
