"""Checks the conditions of a segment before they are kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from vestnik.clients.attributes.names import nearest_name
from vestnik.clients.attributes.registry import known_types
from vestnik.clients.attributes.sentences import no_such_name, sentence_of
from vestnik.clients.attributes.values import NoValue, Value
from vestnik.clients.segments.conditions import TESTS_OF_TYPE, WITHOUT_VALUE, AttributeTest, Rule, Test
from vestnik.errors import InvalidInput
from vestnik.models import AttributeType


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedTest:
    """A test as somebody has typed it: the value is a text, in a spelling that ``read`` knows."""

    name: str
    test: Test
    value: str = ""


#: Reads a typed value of a type. None: there is nothing in it. It raises NoValue.
ReadValue = Callable[[str, AttributeType], Value | None]


def checked_tests(typed: Sequence[TypedTest], read: ReadValue) -> tuple[list[AttributeTest], list[str]]:
    """The tests with values of their attributes' types, and what is wrong with the others, as sentences."""
    types: Mapping[str, AttributeType] = known_types() if typed else {}
    tests, problems = [], []
    for each in typed:
        try:
            tests.append(_checked(each, types, read))
        except _Wrong as wrong:
            problems.append(f"{each.name}: {wrong}")
    return tests, problems


def check_rule(rule: Rule) -> None:
    """Check that a segment says anything: one that does not is everybody, and nobody should write to all by mistake.

    Raises:
        InvalidInput: ``conditions``: it does not; ``exclude``: it leaves everybody out.
    """
    if rule.exclude is not None and rule.exclude.is_empty:
        raise InvalidInput({"exclude": [_("Set at least one condition, or leave nobody out.")]})
    if rule.include.is_empty and rule.exclude is None:
        raise InvalidInput({"conditions": [_("Set at least one condition: without any, all clients are in.")]})


class _Wrong(Exception):
    """A sentence about a test that cannot be."""


def _checked(each: TypedTest, types: Mapping[str, AttributeType], read: ReadValue) -> AttributeTest:
    kind = types.get(each.name)
    if kind is None:
        raise _Wrong(no_such_name(each.name, nearest_name(each.name, types)))
    if each.test not in TESTS_OF_TYPE[kind]:
        raise _Wrong(_WRONG_TEST[kind]())
    if each.test in WITHOUT_VALUE:
        return AttributeTest(name=each.name, test=each.test)
    try:
        value = read(each.value, kind)
    except NoValue as none:
        raise _Wrong(sentence_of(none.fault)) from none
    if value is None:
        raise _Wrong(_("Enter a value."))
    return AttributeTest(name=each.name, test=each.test, value=value)


_WRONG_TEST: dict[AttributeType, Any] = {
    AttributeType.TEXT: lambda: _("A text can be equal, not equal, contain something, or be set or not."),
    AttributeType.NUMBER: lambda: _("A number can be equal, not equal, greater, less, or be set or not."),
    AttributeType.DATE: lambda: _("A date can be equal, not equal, later, earlier, or be set or not."),
}
